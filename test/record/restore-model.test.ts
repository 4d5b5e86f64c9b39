import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Secret, utf8 } from "../../src/bytes/index.js";
import {
  FrameOpener,
  FrameSealer,
  RecordOpener,
  RecordSealer,
  type Ordering,
} from "../../src/record/index.js";
import type { RestoreEnd } from "../../src/record/restore-end.js";
import { isRestoreFrame } from "../../src/record/restore-frame.js";
import type { Direction } from "../../src/record/restore-header.js";
import type { RestoredPeer } from "../../src/record/restore-opener.js";
import { grace, message, NonceOracle, restoreEnd } from "./restore-support.js";
import { at, seed, sessionId } from "./support.js";

const roles = ["initiator", "responder"] as const;
const peerOf = { initiator: "responder", responder: "initiator" } as const;
const generation = 3;

/** What a restore begins with. */
interface Snapshot {
  readonly fence: bigint;
  readonly peer: RestoredPeer | undefined;
}

/** One running end: the one that was there first, or one that was restored. Older ones run on: nobody tells them. */
interface Life {
  readonly fence: bigint;
  readonly end: RestoreEnd;
  readonly ordinary: { readonly sealer: FrameSealer; readonly opener: FrameOpener } | undefined;
}

class Model {
  readonly oracle = new NonceOracle();
  readonly lives: Record<Direction, Life[]> = { initiator: [], responder: [] };
  readonly snapshots: Record<Direction, Snapshot[]> = { initiator: [], responder: [] };
  /** Everything that was ever sealed for an end. */
  readonly frames: Record<Direction, Uint8Array[]> = { initiator: [], responder: [] };
  readonly delivered = new Map<string, number>();
  readonly #ordering: Ordering;
  #messages = 0;
  now = 0;

  constructor(ordering: Ordering) {
    this.#ordering = ordering;
    for (const role of roles) {
      this.snapshots[role].push({ fence: 1n, peer: undefined });
      this.lives[role].push(this.#first(role));
    }
  }

  /** From any snapshot, also one from which others were restored: then it is a clone, and has their fence. */
  restore(role: Direction, index: number): Life {
    const { fence, peer } = pick(this.snapshots[role], index);
    const options = { role, fence: fence + 1n, ordering: this.#ordering, generation };
    const end = restoreEnd({
      ...options,
      provider: this.oracle.provider,
      restored: true,
      ...(peer && { peer }),
    });
    const life = { fence: fence + 1n, end, ordinary: undefined };
    this.lives[role].push(life);
    return life;
  }

  snapshot(role: Direction, index: number): void {
    const { fence, end } = pick(this.lives[role], index);
    this.snapshots[role].push({ fence, peer: end.peer });
  }

  send(role: Direction, life: Life): void {
    const text = utf8(`${role} ${this.#messages++}`);
    const frame = life.end.seals ? life.end.seal(message, text) : life.ordinary!.sealer.seal(message, text);
    this.frames[peerOf[role]].push(frame);
  }

  /** Hands a frame to a life. Whether it delivered it. */
  hand(life: Life, frame: Uint8Array): boolean {
    let plaintext: Uint8Array | undefined;
    try {
      if (isRestoreFrame(frame)) plaintext = life.end.open(frame, at(this.now)).opened?.plaintext;
      else if (life.end.ordinaryUntil > this.now)
        plaintext = life.ordinary!.opener.open(frame, at(this.now)).plaintext;
    } catch {
      return false;
    }
    if (plaintext === undefined) return false;
    const text = new TextDecoder().decode(plaintext);
    this.delivered.set(text, (this.delivered.get(text) ?? 0) + 1);
    return true;
  }

  /** Sends, and hands it over at once. Whether it was delivered. */
  exchange(role: Direction, from: Life, to: Life): boolean {
    this.send(role, from);
    return this.hand(to, this.frames[peerOf[role]].at(-1)!);
  }

  rotate(life: Life): void {
    try {
      life.end.rotate();
    } catch {
      // Not before there is an answer.
    }
  }

  #first(role: Direction): Life {
    const { provider } = this.oracle;
    const ordering = this.#ordering;
    const chain = (direction: Direction): Secret =>
      Secret.take(new Uint8Array(32).fill(direction === "initiator" ? 1 : 2));
    const records = new RecordSealer({ provider, chainSecret: chain(role), generation });
    const opening = new RecordOpener({
      provider,
      chainSecret: chain(peerOf[role]),
      generation,
      ordering,
      grace,
    });
    return {
      fence: 1n,
      end: restoreEnd({ role, fence: 1n, restored: false, ordering, provider, generation }),
      ordinary: {
        sealer: new FrameSealer({ sealer: records, sessionId, ordering }),
        opener: new FrameOpener({ opener: opening, sessionId, ordering }),
      },
    };
  }
}

function pick<Item>(items: readonly Item[], index: number): Item {
  return items[index % items.length]!;
}

const step = fc.record({
  what: fc.constantFrom(
    ...(["send", "send", "hand", "hand", "hand", "handNewest", "handNewest", "handNewest"] as const),
    ...([
      "exchange",
      "exchange",
      "exchange",
      "exchange",
      "handAll",
      "restore",
      "snapshot",
      "rotate",
      "wait",
    ] as const),
  ),
  role: fc.constantFrom(...roles),
  life: fc.nat({ max: 20 }),
  other: fc.nat({ max: 60 }),
});

describe.each(["in-order", "out-of-order"] as const)("restored sessions, %s", ordering => {
  it("S1 S2 S3 S10 R16 no key and nonce is used for two things, and nothing opens twice, whatever is restored, cloned, rolled back, replayed and reordered", () => {
    let deliveries = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 120 }), steps => {
        const model = new Model(ordering);
        for (const { what, role, life: index, other } of steps) {
          const life = pick(model.lives[role], index);
          const frames = model.frames[role];
          if (what === "send") model.send(role, life);
          else if (what === "restore") model.restore(role, other);
          else if (what === "snapshot") model.snapshot(role, index);
          else if (what === "rotate") model.rotate(life);
          else if (what === "wait") model.now += other * 40;
          else if (what === "exchange") {
            const to = pick(model.lives[peerOf[role]], other);
            for (let i = 0; i < 2; i++) {
              model.exchange(role, life, to);
              model.exchange(peerOf[role], to, life);
            }
          } else if (what === "handAll")
            for (const frame of frames) for (const each of model.lives[role]) model.hand(each, frame);
          else if (frames.length > 0)
            model.hand(life, what === "handNewest" ? frames.at(-1)! : pick(frames, other));
        }
        // Everything again, to everybody.
        for (const role of roles)
          for (const frame of model.frames[role])
            for (const life of model.lives[role]) model.hand(life, frame);
        for (const [text, times] of model.delivered) expect(times, text).toBe(1);
        deliveries += model.delivered.size;

        // Both are restored from what stands last: they go on.
        const highest = (role: Direction): bigint =>
          model.lives[role].reduce((high, { fence }) => (fence > high ? fence : high), 0n);
        const fences = { initiator: highest("initiator"), responder: highest("responder") };
        for (const role of roles)
          model.snapshots[role].splice(0, Infinity, { fence: fences[role], peer: undefined });
        const [a, b] = [model.restore("initiator", 0), model.restore("responder", 0)];
        model.exchange("initiator", a, b);
        expect(model.exchange("responder", b, a)).toBe(true);
        expect(model.exchange("initiator", a, b)).toBe(true);
      }),
      { numRuns: 150, seed },
    );
    expect(deliveries).toBeGreaterThan(1_000);
  });
});
