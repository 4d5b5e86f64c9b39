import { describe, expect, it } from "vitest";
import { toyProvider, toyRandom } from "../../explorer/toy-provider.js";
import { utf8 } from "../../src/bytes/index.js";
import { maxRotation } from "../../src/record/index.js";
import type { KeyPolicy } from "../../src/session/index.js";
import { at, establishedPair, exchange, type Pair } from "./machine-pair.js";

/** No key moves on by itself but where its number ends. */
const never = 2 ** 50;
const keyPolicy: KeyPolicy = {
  rotation: { records: never, bytes: never, time: never },
  generation: { rotations: never, time: never },
  proposals: { burst: never, interval: 1 },
};

/** Primitives that cost next to nothing: the numbers are what matters here. */
function quickPair(delivery: "ordered" | "datagram", autoRenew = true): Pair {
  const provider = toyProvider();
  const both = { provider, delivery, keyPolicy, autoRenew };
  return establishedPair({
    both,
    initiator: { random: toyRandom(1) },
    responder: { random: toyRandom(2) },
  });
}

function say(pair: Pair, from: keyof Pair): void {
  const to = from === "initiator" ? pair.responder : pair.initiator;
  const before = to.messages.length;
  pair[from].machine.send(utf8("x"), at(2));
  pair[from].collect(at(2));
  exchange(pair);
  expect(to.messages).toHaveLength(before + 1);
}

function told(pair: Pair, type: string): number[] {
  return [pair.initiator, pair.responder].map(end => end.events.filter(event => event === type).length);
}

/** Rotates up to `last`; the peer follows. */
function rotateTo(pair: Pair, last: number): void {
  const { machine } = pair.initiator;
  let rotation = machine.inspect().lineage!.current.sealingEpoch! & 0xffff;
  for (; rotation < last; rotation++) {
    machine.rotateKeys(at(2));
    machine.announceEpoch(at(2));
    pair.initiator.collect(at(2));
    exchange(pair);
    for (const end of [pair.initiator, pair.responder]) end.log.length = 0;
  }
}

describe("the last rotation", () => {
  it("R13 is used, and forces a generation; nothing wraps and nothing is lost", () => {
    const pair = quickPair("ordered");
    say(pair, "initiator");
    rotateTo(pair, maxRotation - 1);
    say(pair, "initiator");
    expect(told(pair, "epoch-advanced")).toEqual([0, 0]);
    pair.initiator.machine.rotateKeys(at(2));
    // The generation that follows is proposed under rotation 65535.
    pair.initiator.collect(at(2));
    exchange(pair);
    expect(told(pair, "epoch-advanced")).toEqual([1, 1]);
    expect(pair.initiator.machine.inspect().lineage!.current.sealingEpoch).toBe(0x1_0000);
    say(pair, "initiator");
    say(pair, "responder");
  });

  it("R13 with no answer to its proposal an end goes on under its last key, and says that it can't rotate", () => {
    const pair = quickPair("ordered");
    rotateTo(pair, maxRotation - 1);
    pair.initiator.machine.rotateKeys(at(2));
    pair.initiator.takeFrames();
    pair.initiator.machine.send(utf8("x"), at(2));
    expect(() => pair.initiator.machine.rotateKeys(at(2))).toThrow(
      expect.objectContaining({ code: "rotation-exhausted" }),
    );
    pair.initiator.machine.send(utf8("x"), at(2));
    expect(pair.initiator.machine.inspect().lineage!.current.sealingEpoch).toBe(maxRotation);
  });
});

describe("the last generation", () => {
  it("R13 forces a renewal, and generations begin again", () => {
    const pair = quickPair("datagram");
    const { initiator, responder } = pair;
    const id = initiator.machine.id!;
    for (let generation = 1; generation <= 0xffff; generation++) {
      initiator.machine.advanceEpoch(at(2));
      initiator.collect(at(2));
      exchange(pair);
      for (const end of [initiator, responder]) end.log.length = 0;
    }
    for (const end of [initiator, responder]) {
      expect(end.machine.id).toEqual(id);
      expect(end.machine.inspect().lineage!.current).toMatchObject({
        generation: 0xffff,
        sealingEpoch: 0xffff_0000,
      });
    }
    say(pair, "initiator");
    expect(() => initiator.machine.advanceEpoch(at(2))).toThrow(
      expect.objectContaining({ code: "rotation-exhausted" }),
    );
    initiator.machine.wake(at(3));
    initiator.collect(at(3));
    exchange(pair);
    expect(told(pair, "renewed")).toEqual([1, 1]);
    expect(initiator.machine.id).not.toEqual(id);
    expect(initiator.machine.inspect().lineage!.current).toMatchObject({ generation: 0, sealingEpoch: 0 });
    say(pair, "initiator");
    say(pair, "responder");
  }, 120_000);
});
