import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyDisk, ModelEnd, ModelSession, type Disk } from "./durable-model.js";

type Step =
  | { readonly kind: "send" | "acknowledge" | "crash" | "copy" | "put-back"; readonly end: 0 | 1 }
  | { readonly kind: "carry"; readonly end: 0 | 1; readonly frames: number }
  | { readonly kind: "cut" | "connect" };

const end = fc.constantFrom(0 as const, 1 as const);
const step = (kinds: readonly ("crash" | "copy" | "put-back")[]): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("send" as const), end }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("acknowledge" as const), end }) },
    {
      weight: 9,
      arbitrary: fc.record({
        kind: fc.constant("carry" as const),
        end,
        frames: fc.integer({ min: 1, max: 6 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut" as const) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("connect" as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom(...kinds), end }) },
  );

/** Two ends, what was sent at each, and what the disks were. */
class Trial {
  readonly ends = [new ModelEnd(emptyDisk()), new ModelEnd(emptyDisk())] as const;
  readonly sent: [string[], string[]] = [[], []];
  readonly copies: [Disk | undefined, Disk | undefined] = [undefined, undefined];
  /** Whether the end was put back behind what its peer has acted on, and has not spoken with it since. */
  readonly regressed = [false, false];
  session: ModelSession | undefined;
  #number = 0;

  run(next: Step): void {
    switch (next.kind) {
      case "send":
        this.sent[next.end].push(this.ends[next.end].send(`message ${++this.#number}`));
        return;
      case "acknowledge":
        return this.ends[next.end].acknowledge();
      case "carry":
        for (let i = 0; i < next.frames; i++) this.session?.carry(next.end);
        return;
      case "crash":
        this.session?.cut();
        return this.ends[next.end].crash();
      case "copy":
        this.copies[next.end] = this.ends[next.end].disk;
        return;
      case "put-back": {
        const copy = this.copies[next.end];
        if (copy === undefined) return;
        this.session?.cut();
        this.ends[next.end].crash(copy);
        const { effects } = this.ends[next.end === 0 ? 1 : 0].disk;
        const known = new Map(copy.head.map(({ incarnation: { hex }, last }) => [hex, Number(last)]));
        for (const { incarnation, seq } of copy.rows.values())
          known.set(incarnation.hex, Math.max(known.get(incarnation.hex) ?? 0, Number(seq)));
        // The peer has acted on numbers that this disk does not know, under an incarnation that it does.
        this.regressed[next.end] = effects.some(({ id }) => {
          const [hex, number] = id.split(":") as [string, string];
          return Number(number) > (known.get(hex) ?? Infinity);
        });
        return;
      }
      case "cut":
        return this.session?.cut();
      case "connect":
        this.session?.cut();
        this.session = new ModelSession(...this.ends);
        this.#quarantines();
    }
  }

  /** A regression that nothing else has covered is found before anything else can happen. */
  #quarantines(): void {
    const [a, b] = this.ends;
    if (!this.regressed[0] && !this.regressed[1]) return;
    const before = a.quarantined + b.quarantined;
    for (let i = 0; i < 2 && !this.session!.over; i++)
      for (const from of [0, 1] as const) this.session!.carry(from);
    expect(a.quarantined + b.quarantined, "a regression is found").toBeGreaterThan(before);
    this.regressed.fill(false);
  }

  /** Sessions until nothing moves any more. */
  finish(): void {
    for (let sessions = 0; sessions < 8; sessions++) {
      this.run({ kind: "connect" });
      for (let i = 0; i < 400 && this.session?.over === false; i++) {
        this.session.carry(0);
        this.session.carry(1);
        for (const each of this.ends) each.acknowledge();
      }
    }
  }

  /** The ids on which an end's application has acted, in order. */
  effects(of: 0 | 1): string[] {
    return this.ends[of].disk.effects.map(({ id }) => id);
  }
}

describe("exactly once, where the effect is in the same transaction", () => {
  it("whatever crashes and is cut: everything that is durable comes, in order, once", () => {
    fc.assert(
      fc.property(fc.array(step(["crash"]), { maxLength: 120 }), steps => {
        const trial = new Trial();
        for (const next of steps) trial.run(next);
        trial.finish();
        expect(trial.effects(1)).toEqual(trial.sent[0]);
        expect(trial.effects(0)).toEqual(trial.sent[1]);
        for (const each of trial.ends) {
          expect(each.lost).toEqual([]);
          expect(each.quarantined).toBe(0);
          expect(each.sender.waiting).toBe(0);
          expect(each.disk.rows.size).toBe(0);
        }
      }),
      { numRuns: 400, seed: 5 },
    );
  });

  it("whatever is put back: nothing comes twice to one state of the receiver, what is lost is told, and it goes on", () => {
    fc.assert(
      fc.property(fc.array(step(["crash", "copy", "put-back"]), { maxLength: 120 }), steps => {
        const trial = new Trial();
        for (const next of steps) trial.run(next);
        trial.finish();
        for (const of of [0, 1] as const) {
          const effects = trial.effects(of);
          expect(new Set(effects).size, "nothing comes twice").toBe(effects.length);
          expect(trial.ends[of].sender.waiting, "everything goes out in the end").toBe(0);
          // In the order of their numbers, per incarnation, without a gap that was not told.
          const told = new Set(
            trial.ends[of].lost.flatMap(({ direction, incarnation, first, last }) =>
              direction === "received"
                ? Array.from({ length: last - first + 1 }, (_, i) => `${incarnation}:${first + i}`)
                : [],
            ),
          );
          const highest = new Map<string, number>();
          for (const id of effects) {
            const [hex, number] = id.split(":") as [string, string];
            for (let gap = (highest.get(hex) ?? 0) + 1; gap < Number(number); gap++)
              expect(told, "a gap is told").toContain(`${hex}:${gap}`);
            expect(Number(number)).toBeGreaterThan(highest.get(hex) ?? 0);
            highest.set(hex, Number(number));
          }
        }
        // After quarantines and what they lead to, new messages pass as ever.
        const before = trial.ends.map(({ quarantined }) => quarantined);
        for (const each of [0, 1] as const) trial.run({ kind: "send", end: each });
        trial.finish();
        for (const each of [0, 1] as const)
          expect(trial.effects(each)).toContain(trial.sent[each === 0 ? 1 : 0].at(-1));
        expect(trial.ends.map(({ quarantined }) => quarantined)).toEqual(before);
      }),
      { numRuns: 600, seed: 6 },
    );
  });

  it("frames of the session that are repeated change nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { maxLength: 40 }), repeats => {
        const trial = new Trial();
        for (let i = 0; i < 10; i++) trial.run({ kind: "send", end: 0 });
        trial.run({ kind: "connect" });
        const [a, b] = trial.ends;
        const captured: Uint8Array[] = [];
        for (let i = 0; i < 40; i++) {
          const [frame] = a.out;
          if (frame !== undefined) captured.push(frame);
          trial.session!.carry(0);
          trial.session!.carry(1);
          const again = captured[captured.length - 1 - (repeats[i] ?? 0)];
          if (again !== undefined) b.take(again);
          b.acknowledge();
        }
        expect(trial.effects(1)).toEqual(trial.sent[0]);
      }),
      { numRuns: 100, seed: 7 },
    );
  });
});
