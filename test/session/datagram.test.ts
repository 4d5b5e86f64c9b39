import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clearFrame } from "../../src/record/index.js";
import { utf8 } from "../../src/bytes/index.js";
import { flipped, suiteCases } from "../attacks/suite-cases.js";
import { WatchedProvider } from "../attacks/watched-provider.js";
import { at, establishedPair, exchange, newPair, type Pair } from "./machine-pair.js";

const seed = 20261124;
const delivery = "datagram" as const;

/** Frames that anybody can make who sees the path: of every type, of every length, changed copies of true ones. */
function forgeries(seen: readonly Uint8Array[]): Uint8Array[] {
  const random = (length: number, type: number): Uint8Array =>
    Uint8Array.from({ length }, (_, i) => (i === 0 ? type : i === 1 ? 0 : (i * 31) & 0xff));
  return [
    new Uint8Array(0),
    Uint8Array.of(0x10),
    random(40, 0x01),
    random(60, 0x03),
    random(200, 0x04),
    clearFrame(0x04, new Uint8Array(96)),
    Uint8Array.of(0x02, 0, 1, 3, 3),
    random(64, 0x10),
    random(64, 0x11),
    random(64, 0x12),
    random(64, 0x77),
    ...seen.map(frame => flipped(frame, frame.length - 1)),
    ...seen.map(frame => frame.subarray(0, frame.length >> 1)),
  ];
}

describe.each(suiteCases)("$name over datagrams", ({ options }) => {
  const settings = { ...options, both: { ...("both" in options ? options.both : {}), delivery } };

  it("R14 forged frames at every step of the handshake change nothing: it goes on, and they are counted", () => {
    const pair = newPair(settings);
    const seen: Uint8Array[] = [];
    let injected = 0;
    exchange(pair, frame => {
      // Not before message 1 itself: an offer that nobody could tell from the true one would take its place.
      const copies = [...seen, ...(seen.length === 0 ? [] : [frame])];
      seen.push(Uint8Array.from(frame));
      for (const end of [pair.initiator, pair.responder]) {
        for (const forged of forgeries(copies)) {
          end.receive(forged);
          injected++;
        }
      }
      return [frame];
    });
    expect([pair.initiator.machine.state.name, pair.responder.machine.state.name]).toEqual([
      "active",
      "active",
    ]);
    expect(pair.initiator.machine.id).toEqual(pair.responder.machine.id);
    const refused = [pair.initiator, pair.responder].flatMap(end =>
      Object.values(end.machine.metrics().refused),
    );
    expect(refused.reduce<number>((sum, count) => sum + Number(count), 0)).toBe(injected);
  });

  it("R14 R16 a flood of forged frames neither ends a session nor makes an event for each", () => {
    const pair = establishedPair(settings);
    const { responder } = pair;
    const known = pair.initiator.log.flatMap(output => (output.kind === "frame" ? [output.frame] : []));
    const before = responder.log.length;
    let count = 0;
    for (let round = 0; round < 40; round++) {
      for (const forged of forgeries(known)) {
        responder.receive(forged, at(10 + round));
        count++;
      }
    }
    expect(responder.machine.state.name).toBe("active");
    expect(responder.disconnected).toBe(false);
    const { refused } = responder.machine.metrics();
    expect(Object.values(refused).reduce<number>((sum, one) => sum + Number(one), 0)).toBe(count);
    expect(responder.log.length - before).toBeLessThan(Object.keys(refused).length * 12);
    pair.initiator.machine.send(utf8("still here"), at(99));
    pair.initiator.collect(at(99));
    exchange(pair);
    expect(responder.messages).toEqual([utf8("still here")]);
  });
});

describe("an offer that is refused when the responder answers it", () => {
  it("X45 leaves no key behind when the next offer comes", () => {
    const watched = new WatchedProvider();
    const pair = newPair({ both: { delivery }, responder: { provider: watched.provider } });
    const [offer] = pair.initiator.takeFrames();
    const spoilt = Uint8Array.from(offer!);
    // Coefficients that are not reduced: found when the responder encapsulates, after message 1 has been read.
    spoilt.fill(0xff, spoilt.length - 1184, spoilt.length - 32);
    for (const frame of [spoilt, spoilt, offer!]) pair.responder.receive(frame);
    exchange(pair);
    expect(pair.responder.machine.state.name).toBe("active");
    expect(pair.responder.machine.metrics().refused).toEqual({ "handshake-failed": 2 });
    for (const end of [pair.initiator, pair.responder]) end.machine.dispose();
    expect(watched.undisposed).toEqual([]);
    expect(watched.unerased).toEqual([]);
  });
});

describe("records over datagrams", () => {
  it("R16 R18 lost, repeated and reordered: each message once at most, and every one that arrives", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 19 }), { maxLength: 60 }), order => {
        const pair: Pair = establishedPair({ both: { delivery } });
        for (let i = 0; i < 20; i++) {
          if (i % 6 === 5) pair.initiator.machine.rotateKeys(at(2));
          pair.initiator.machine.send(utf8(String(i)), at(2));
        }
        pair.initiator.collect(at(2));
        const frames = pair.initiator.takeFrames();
        for (const index of order) pair.responder.receive(frames[index]!, at(3));
        const delivered = pair.responder.messages.map(message => Number(new TextDecoder().decode(message)));
        expect(new Set(delivered).size).toBe(delivered.length);
        expect(new Set(delivered)).toEqual(new Set(order));
        expect(pair.responder.machine.state.name).toBe("active");
      }),
      { seed, numRuns: 60 },
    );
  });

  it("fault 5 an older key opens what is in flight for the grace time, and is erased then", () => {
    const watched = new WatchedProvider();
    const pair = establishedPair({
      both: { delivery, grace: 1000 },
      responder: { provider: watched.provider },
    });
    const keys = watched.undisposed.length;
    const { initiator, responder } = pair;
    for (const text of ["old", "late", "too late"]) initiator.machine.send(utf8(text), at(2));
    initiator.machine.rotateKeys(at(2));
    initiator.machine.send(utf8("new"), at(2));
    initiator.collect(at(2));
    const [old, late, tooLate, fresh] = initiator.takeFrames();
    responder.receive(old!, at(2));
    responder.receive(fresh!, at(10));
    expect(responder.machine.nextWakeup(at(10))).toBeLessThanOrEqual(1010);
    responder.receive(late!, at(1009));
    expect(watched.undisposed).toHaveLength(keys + 2);
    responder.machine.wake(at(1010));
    expect(watched.undisposed).toHaveLength(keys);
    responder.receive(tooLate!, at(1011));
    expect(responder.messages).toEqual([utf8("old"), utf8("new"), utf8("late")]);
    expect(responder.machine.metrics().refused).toEqual({ "epoch-unknown": 1 });
    expect(responder.machine.state.name).toBe("active");
  });

  it("R20 a close is announced; without one the end is a truncation", () => {
    for (const announced of [true, false]) {
      const pair = establishedPair({ both: { delivery } });
      if (announced) pair.initiator.machine.close("going-away", at(2));
      pair.initiator.collect(at(2));
      exchange(pair);
      pair.responder.machine.connectionEnded(at(3));
      expect(pair.responder.machine.state).toMatchObject({
        end: announced ? { kind: "closed", by: "peer", reason: "going-away" } : { kind: "truncated" },
      });
    }
  });
});
