import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CryptoProvider } from "../../src/crypto/index.js";
import { SessionError } from "../../src/errors/index.js";
import { rotationOf, type Ordering } from "../../src/record/index.js";
import { OpenerModel, type Sent } from "./opener-model.js";
import { at, flipped, pair, providers, seed } from "./support.js";

const pick = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant("seal"),
      count: fc.integer({ min: 1, max: 4 }),
      framed: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant("rotate"),
      count: fc.oneof(fc.constant(1), fc.nat(6), fc.constant(65)),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ op: fc.constant("deliver next"), count: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("drop") }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant("deliver late"), pick }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("deliver any"), pick }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant("tamper"), pick, byte: pick, bit: fc.nat(7) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("cut"), pick, byte: pick }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("noise"), bytes: fc.uint8Array({ maxLength: 80 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant("wait"), milliseconds: fc.integer({ min: 1, max: 800 }) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const grace = 1000;

/** One direction, its network in the attacker's hands, and the model beside it. */
class Experiment {
  readonly outcomes = new Set<string>();
  readonly #ends;
  readonly #model: OpenerModel;
  readonly #sent: Sent[] = [];
  readonly #opened: number[] = [];
  readonly #openedFrames: number[] = [];
  readonly #ordering: Ordering;
  #nextToArrive = 0;
  #counter: bigint;
  #bareCounter = 1n;
  #now = 0;

  constructor(provider: CryptoProvider, ordering: Ordering, firstCounter: bigint) {
    this.#ends = pair({ provider, ordering, firstCounter, grace });
    this.#model = new OpenerModel(ordering, grace, firstCounter);
    this.#ordering = ordering;
    this.#counter = firstCounter;
  }

  run(step: Step): void {
    switch (step.op) {
      case "seal":
        for (let i = 0; i < step.count; i++) this.#seal(step.framed);
        break;
      case "rotate":
        for (let i = 0; i < step.count; i++) this.#ends.sealer.rotate();
        if (step.count > 0) [this.#counter, this.#bareCounter] = [1n, 1n];
        break;
      case "deliver next":
        for (let i = 0; i < step.count && this.#nextToArrive < this.#sent.length; i++) {
          this.#deliver(this.#sent[this.#nextToArrive++]!);
        }
        break;
      case "drop":
        if (this.#nextToArrive < this.#sent.length) this.#nextToArrive++;
        break;
      case "deliver late":
        this.#with(step.pick, sent => this.#deliver(sent), Math.max(0, this.#sent.length - 12));
        break;
      case "deliver any":
        this.#with(step.pick, sent => this.#deliver(sent));
        break;
      case "tamper":
        this.#with(step.pick, sent => {
          this.#refused(
            flipped(sent.bytes, Math.floor(step.byte * sent.bytes.length), step.bit),
            sent.framed,
          );
        });
        break;
      case "cut":
        this.#with(step.pick, sent => {
          this.#refused(sent.bytes.slice(0, Math.floor(step.byte * sent.bytes.length)), sent.framed);
        });
        break;
      case "noise":
        this.#refused(step.bytes, true);
        this.#refused(step.bytes, false);
        break;
      case "wait":
        this.#now += step.milliseconds;
    }
  }

  /** What holds at the end, whatever happened. */
  finish(): void {
    expect(new Set(this.#opened).size).toBe(this.#opened.length);
    if (this.#ordering === "in-order")
      expect(this.#openedFrames).toEqual([...this.#openedFrames].sort((a, b) => a - b));
    expect(rotationOf(this.#ends.opener.epoch)).toBe(this.#model.current);
  }

  #seal(framed: boolean): void {
    const { sealer, frameSealer } = this.#ends;
    const id = this.#sent.length;
    const before = sealer.sealedBefore;
    const plaintext = Uint8Array.of(id, id >>> 8);
    const bytes = framed ? frameSealer.seal(0x10, plaintext) : sealer.sealBare(plaintext);
    this.#sent.push({
      id,
      framed,
      bytes,
      rotation: rotationOf(sealer.epoch),
      counter: framed ? this.#counter++ : this.#bareCounter++,
      before,
    });
  }

  #with(pick: number, act: (sent: Sent) => void, from = 0): void {
    if (this.#sent.length > 0) act(this.#sent[from + Math.floor(pick * (this.#sent.length - from))]!);
  }

  #open(bytes: Uint8Array, framed: boolean): Uint8Array {
    const now = at(this.#now);
    return framed
      ? this.#ends.frameOpener.open(bytes, now).plaintext
      : this.#ends.opener.openBare(bytes, now);
  }

  #deliver(sent: Sent): void {
    const expected = this.#model.deliver(sent, this.#now);
    let outcome: string;
    try {
      const plaintext = this.#open(sent.bytes, sent.framed);
      expect(plaintext).toEqual(Uint8Array.of(sent.id, sent.id >>> 8));
      this.#opened.push(sent.id);
      if (sent.framed) this.#openedFrames.push(sent.id);
      outcome = "opened";
    } catch (error) {
      if (!SessionError.is(error)) throw error;
      outcome = error.code;
    }
    expect(outcome).toBe(expected);
    this.outcomes.add(outcome);
  }

  #refused(bytes: Uint8Array, framed: boolean): void {
    let opened: Uint8Array;
    try {
      opened = this.#open(bytes, framed);
    } catch (error) {
      if (!SessionError.is(error)) throw error;
      return;
    }
    throw new Error(`accepted ${opened.length} bytes that were not sent`);
  }
}

const runs = { node: 400, noble: 120 };
const always = ["opened", "record-replayed", "epoch-unknown", "epoch-too-far"];
const outcomesOf = {
  "in-order": [...always, "record-out-of-order", "record-forged"],
  "out-of-order": always,
};
const firstCounters = fc.constantFrom(1n, 2n ** 32n - 3n, 2n ** 53n - 3n, 2n ** 64n - 1000n);

describe.each(providers)("any order of seal, rotate, drop, repeat, reorder, tamper ($name)", provider => {
  it.each(["in-order", "out-of-order"] as const)(
    "R13 R14 R15 R16 R18 R19 nothing unsent, nothing twice, all else as promised: %s",
    ordering => {
      const runsWith = new Map<string, number>();
      fc.assert(
        fc.property(
          firstCounters,
          fc.array(step, { minLength: 10, maxLength: 120, size: "max" }),
          (first, steps) => {
            const experiment = new Experiment(provider, ordering, first);
            for (const step of steps) experiment.run(step);
            experiment.finish();
            for (const outcome of experiment.outcomes)
              runsWith.set(outcome, (runsWith.get(outcome) ?? 0) + 1);
          },
        ),
        { seed, numRuns: runs[provider.name] },
      );
      // What never happened was not tested.
      for (const outcome of outcomesOf[ordering]) expect(runsWith.get(outcome)).toBeGreaterThan(5);
    },
  );
});
