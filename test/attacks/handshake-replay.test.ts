import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes/index.js";
import { at, exchange, newPair, seededRandom, type End, type Pair } from "../session/machine-pair.js";
import { suiteCases } from "./suite-cases.js";

type Flight = { readonly from: keyof Pair; readonly frame: Uint8Array };

/** Everything that two ends say to each other in a whole session, in order. */
function conversation(options: (typeof suiteCases)[number]["options"]): Flight[] {
  const pair = newPair(options);
  const flights: Flight[] = [];
  const run = (): void =>
    exchange(pair, (frame, from) => {
      flights.push({ from, frame: Uint8Array.from(frame) });
      return [frame];
    });
  run();
  for (const end of [pair.initiator, pair.responder]) {
    end.machine.send(utf8("some words"), at(2));
    end.collect(at(2));
  }
  run();
  return flights;
}

const sealed = (frame: Uint8Array): boolean => frame[0]! >= 0x10;

/** The nonces of all sealed frames that an end has put out. */
function nonces(end: End): string[] {
  return end.log.flatMap(output =>
    output.kind === "frame" && sealed(output.frame)
      ? [Buffer.from(output.frame.subarray(2, 14)).toString("hex")]
      : [],
  );
}

describe.each(suiteCases)("$name: what was recorded of one session", ({ options }) => {
  it("H29 the initiator's whole flight, replayed, establishes nothing and delivers nothing", () => {
    for (const delivery of ["ordered", "datagram"] as const) {
      const flights = conversation({ ...options, both: { ...both(options), delivery } });
      const { responder } = newPair({
        ...options,
        both: { ...both(options), delivery },
        responder: { random: seededRandom(900) },
      });
      for (const { from, frame } of flights) {
        if (from === "initiator") responder.receive(frame, at(3));
      }
      expect(responder.machine.state.name).not.toBe("active");
      expect(responder.messages).toEqual([]);
      expect(responder.events).not.toContain("established");
      expect(responder.frames.filter(sealed)).toEqual([]);
      expect(() => responder.machine.encrypt(utf8("x"), at(4))).toThrow();
    }
  });

  it("H29 message 1 alone, replayed, leads to a reply at most, and to nothing more until the time is over", () => {
    const { frame } = conversation(options)[0]!;
    const { responder } = newPair({ ...options, responder: { random: seededRandom(901) } });
    responder.receive(frame, at(1));
    expect(responder.machine.state.name).toBe("handshaking");
    responder.machine.wake(at(20_000));
    responder.collect(at(20_000));
    expect(responder.failure).toBe("handshake-timeout");
    expect(responder.events).not.toContain("established");
  });

  it("H29 the responder's whole flight, replayed to a new handshake, establishes nothing", () => {
    const flights = conversation(options);
    const { initiator } = newPair({ ...options, initiator: { random: seededRandom(902) } });
    for (const { from, frame } of flights) if (from === "responder") initiator.receive(frame, at(3));
    expect(initiator.machine.state.name).not.toBe("active");
    expect(initiator.messages).toEqual([]);
  });

  it("R12 no handshake frame, replayed at any later time, resets anything: datagrams", () => {
    const count = conversation({ ...options, both: { ...both(options), delivery: "datagram" } }).length;
    for (let replayAfter = 1; replayAfter <= count; replayAfter++) {
      const pair = newPair({ ...options, both: { ...both(options), delivery: "datagram" } });
      const seen: Flight[] = [];
      const inject = (): void => {
        for (const { from, frame } of [...seen]) {
          if (sealed(frame)) continue;
          (from === "initiator" ? pair.responder : pair.initiator).receive(frame, at(2));
        }
      };
      const path = (frame: Uint8Array, from: keyof Pair): Uint8Array[] => {
        seen.push({ from, frame: Uint8Array.from(frame) });
        if (seen.length - 1 === replayAfter) inject();
        return [frame];
      };
      exchange(pair, path);
      inject();
      for (const end of [pair.initiator, pair.responder]) {
        end.machine.send(utf8("after"), at(3));
        end.collect(at(3));
      }
      exchange(pair, path);
      inject();
      expect(pair.initiator.machine.id).toEqual(pair.responder.machine.id);
      for (const end of [pair.initiator, pair.responder]) {
        expect(end.messages).toEqual([utf8("after")]);
        expect(new Set(nonces(end)).size).toBe(nonces(end).length);
        expect(end.events.filter(type => type === "established")).toHaveLength(1);
        // Nothing was answered to what came again.
        expect(end.log.filter(output => output.kind === "frame" && !sealed(output.frame))).toHaveLength(
          seen.filter(({ from, frame }) => !sealed(frame) && pair[from] === end).length,
        );
      }
    }
  });

  it("R12 a handshake frame that comes again on an ordered path ends the session, and resets nothing", () => {
    const flights = conversation(options).filter(({ frame }) => !sealed(frame));
    for (const { from, frame } of flights) {
      const pair = newPair(options);
      exchange(pair);
      const victim = from === "initiator" ? pair.responder : pair.initiator;
      const before = nonces(victim).length;
      victim.receive(frame, at(2));
      expect(victim.failure).toBe("frame-unexpected");
      expect(nonces(victim)).toHaveLength(before);
      expect(victim.takeFrames()).toEqual([]);
    }
  });
});

function both(options: (typeof suiteCases)[number]["options"]): object {
  return "both" in options ? options.both : {};
}
