import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes/index.js";
import type { Instant } from "../../src/ports/index.js";
import { at, establishedPair, exchange, newPair, type End, type Pair } from "../session/machine-pair.js";

/** CVE-2021-46873: a wall clock that was ahead once must not lock anybody out for good. */
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** The time after `milliseconds`, by a wall clock that is `ahead` of where it should be. */
const wrong = (milliseconds: number, ahead: number): Instant => ({
  wall: at(milliseconds).wall + ahead,
  monotonic: milliseconds,
});

/** Passes frames till nobody has any, each end by its own clock. */
function talk({ initiator, responder }: Pair, clocks: readonly [Instant, Instant]): void {
  for (let quiet = false; !quiet;) {
    quiet = true;
    for (const [from, to, now] of [
      [initiator, responder, clocks[1]],
      [responder, initiator, clocks[0]],
    ] as const) {
      for (const frame of from.takeFrames()) {
        quiet = false;
        to.receive(frame, now);
      }
    }
  }
}

function say(end: End, text: string, now: Instant): void {
  end.machine.send(utf8(text), now);
  end.collect(now);
}

describe("the wall clock", () => {
  it("X42 that was ahead while nobody looked has aged nothing", () => {
    const pair = establishedPair();
    say(pair.initiator, "before", at(1_000));
    exchange(pair);
    for (const { machine } of [pair.initiator, pair.responder]) {
      expect(machine.checkHealth(wrong(2_000, 365 * day)).status).toBe("expired");
      expect(machine.checkHealth(at(3_000)).status).toBe("healthy");
    }
    say(pair.initiator, "after", at(4_000));
    exchange(pair);
    expect(pair.responder.messages).toHaveLength(2);
  });

  it("X42 that steps back gains no time", () => {
    const { initiator } = establishedPair({ both: { autoRenew: false } });
    const { machine } = initiator;
    expect(machine.checkHealth(wrong(hour - 1, -365 * day)).status).toBe("near-expiry");
    expect(machine.checkHealth(wrong(hour + 1, -365 * day))).toEqual({ status: "expired", reason: "age" });
    expect(() => machine.send(utf8("late"), wrong(hour + 1, -365 * day))).toThrow(/limit of age/);
  });

  it("X42 goes on while a machine sleeps and its monotonic clock stands: the session has aged", () => {
    const { initiator } = establishedPair({ both: { autoRenew: false } });
    const { machine } = initiator;
    expect(machine.checkHealth(wrong(2_000, 50 * minute)).status).toBe("near-expiry");
    expect(() => machine.send(utf8("late"), wrong(2_000, 2 * hour))).toThrow(/limit of age/);
    expect(machine.state.name).toBe("ended");
  });

  it("X42 moves no time-out of a handshake, either way", () => {
    for (const ahead of [365 * day, -365 * day]) {
      const { responder } = newPair();
      responder.machine.wake(wrong(19_999, ahead));
      expect(responder.machine.state.name).toBe("handshaking");
      responder.machine.wake(wrong(20_001, ahead));
      responder.collect(at(20_001));
      expect(responder.failure).toBe("handshake-timeout");
    }
  });

  it.each([365 * day, -365 * day])(
    "X42 of one end may be wrong by a year (%d ms) all the time: no time goes over the wire, renewal and lineage are as ever",
    ahead => {
      const pair = newPair();
      // The initiator was made at 0; its clock is put wrong before the handshake is over, and stays so.
      const clocks = (milliseconds: number) => [wrong(milliseconds, ahead), at(milliseconds)] as const;
      talk(pair, clocks(1));
      const before = pair.initiator.machine.id;
      expect(pair.initiator.machine.checkHealth(clocks(2)[0]).status).toBe("healthy");
      pair.initiator.machine.renew(clocks(hour / 2)[0]);
      pair.initiator.collect(clocks(hour / 2)[0]);
      talk(pair, clocks(hour / 2));
      expect(pair.initiator.machine.id).not.toEqual(before);
      expect(pair.responder.machine.id).toEqual(pair.initiator.machine.id);
      for (const [i, { machine }] of [pair.initiator, pair.responder].entries()) {
        const status = machine.checkHealth(clocks(hour / 2 + 1)[i]!);
        expect(status.status).toBe("healthy");
        expect("remaining" in status && status.remaining.lineageAge).toBe(30 * day - hour / 2);
      }
    },
  );
});
