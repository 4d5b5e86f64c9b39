import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes/index.js";
import { isTold } from "../../src/session/session-event.js";
import { Tally } from "../../src/session/session-metrics.js";
import { at, establishedPair, exchange } from "./machine-pair.js";

const seed = 20261124;

describe("a tally", () => {
  it("R13 fault 7 is exact past 2^53, in whatever steps it gets there", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2 ** 52 }), { maxLength: 40 }), amounts => {
        const tally = new Tally();
        for (const amount of amounts) tally.add(amount);
        expect(tally.value).toBe(amounts.reduce((sum, amount) => sum + BigInt(amount), 0n));
      }),
      { seed },
    );
    const tally = new Tally();
    for (const amount of [2 ** 52, 2 ** 52, 1, 1, 1]) tally.add(amount);
    expect(tally.value).toBe(2n ** 53n + 3n);
  });
});

describe("the metrics of a session", () => {
  it("fault 7 count each direction by itself: messages, those of batches one by one, bytes, records, rotations", () => {
    const pair = establishedPair();
    const { initiator, responder } = pair;
    initiator.machine.send(utf8("12345"), at(2));
    initiator.machine.sendBatch([utf8("a"), utf8("bc")], at(2));
    initiator.machine.rotateKeys(at(2));
    initiator.machine.announceEpoch(at(2));
    responder.machine.send(utf8("67"), at(2));
    for (const end of [initiator, responder]) end.collect(at(2));
    exchange(pair);
    const bare = initiator.machine.encrypt(utf8("bare"), at(5));
    responder.machine.decrypt(bare, at(6));
    const sent = { messages: 4n, bytes: 12n, records: 5n, rotations: 1 };
    const back = { messages: 1n, bytes: 2n, records: 2n, rotations: 0 };
    expect(initiator.machine.metrics()).toMatchObject({ sent, received: back, refused: {} });
    expect(responder.machine.metrics()).toMatchObject({ sent: back, received: sent, refused: {} });
    expect(responder.machine.metrics()).toMatchObject({ createdAt: 1_000_000, lastActivity: 1_000_006 });
    expect(JSON.parse(JSON.stringify(initiator.machine.metrics()))).toMatchObject({
      sent: { messages: "4", bytes: "12" },
    });
  });

  it("fault 7 count no message that was refused, and no send that failed", () => {
    const { initiator, responder } = establishedPair();
    const before = initiator.machine.metrics();
    expect(() => initiator.machine.send(new Uint8Array(0), at(2))).toThrow();
    expect(() => initiator.machine.send(new Uint8Array(1_048_577), at(2))).toThrow();
    expect(() => initiator.machine.sendBatch([], at(2))).toThrow();
    expect(initiator.machine.metrics().sent).toEqual(before.sent);
    const received = responder.machine.metrics().received;
    expect(() => responder.machine.decrypt(new Uint8Array(40), at(2))).toThrow();
    expect(responder.machine.metrics().received).toEqual(received);
    expect(Object.values(responder.machine.metrics().refused)).toEqual([1]);
  });

  it("fault 11 take the time of creation from the wall clock, durations from the monotonic one", () => {
    const { initiator } = establishedPair();
    expect(initiator.machine.metrics().createdAt).toBe(at(0).wall);
    expect(initiator.machine.metrics().handshakeDuration).toBe(at(1).monotonic - at(0).monotonic);
  });

  it("a refusal is told at the 1st, 2nd, 4th, 8th time of its cause", () => {
    const told = Array.from({ length: 70 }, (_, i) => i + 1).filter(isTold);
    expect(told).toEqual([1, 2, 4, 8, 16, 32, 64]);
  });
});
