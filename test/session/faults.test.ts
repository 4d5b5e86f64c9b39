import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes/index.js";
import type { Instant } from "../../src/ports/index.js";
import { checkedLimits } from "../../src/session/index.js";
import { WatchedProvider } from "../attacks/watched-provider.js";
import { at, establishedPair, exchange, type End, type Pair } from "./machine-pair.js";

const paths = ["ordered", "datagram"] as const;
const ends = ["initiator", "responder"] as const;

/** What the session is, as faults of another module that must not be here: docs/ARCHITECTURE.md counts them. */
function say(end: End, now: Instant, what = "x"): void {
  end.machine.send(utf8(what), now);
  end.collect(now);
}

function exchangeAt(pair: Pair, now: Instant): void {
  for (let quiet = false; !quiet;) {
    const [one, other] = [pair.initiator.takeFrames(), pair.responder.takeFrames()];
    quiet = one.length + other.length === 0;
    for (const frame of one) pair.responder.receive(frame, now);
    for (const frame of other) pair.initiator.receive(frame, now);
  }
}

/** Lets each end wake when it wants to, up to `until`: as its owner's clock does. Returns the times. */
function liveUntil(pair: Pair, from: number, until: number): number[] {
  const times: number[] = [];
  for (let now = from; ;) {
    const wanted = ends.flatMap(name => {
      const { machine } = pair[name];
      const time = machine.nextWakeup(at(now));
      return time === undefined ? [] : [time];
    });
    const next = Math.max(Math.min(...wanted, until), now);
    if (next >= until || wanted.length === 0) return times;
    now = Math.ceil(next);
    times.push(now);
    for (const name of ends) {
      pair[name].machine.wake(at(now));
      pair[name].collect(at(now));
    }
    exchangeAt(pair, at(now));
    expect(times.length).toBeLessThan(10_000);
  }
}

describe("fault 5: which key a record is under", () => {
  it("R18 the epoch says it; an older key opens what was in flight for the grace time, then it is erased", () => {
    const watched = new WatchedProvider();
    const pair = establishedPair({
      both: { delivery: "datagram" },
      responder: { provider: watched.provider },
    });
    const { initiator, responder } = pair;
    const keys = (): number => watched.undisposed.filter(kind => kind === "aead key").length;
    const before = keys();
    say(initiator, at(10), "first");
    say(initiator, at(10), "second");
    const [first, second] = initiator.takeFrames();
    initiator.machine.rotateKeys(at(10));
    say(initiator, at(10), "after the rotation");
    const [fresh] = initiator.takeFrames();
    responder.receive(fresh!, at(100));
    expect(keys()).toBe(before + 2);
    responder.machine.wake(at(1_001));
    responder.receive(first!, at(100 + 4_999));
    expect(responder.messages.map(String)).toEqual([utf8("after the rotation"), utf8("first")].map(String));
    expect(responder.machine.nextWakeup(at(100 + 4_999))).toBe(100 + 5_000);
    responder.machine.wake(at(100 + 5_000));
    expect(keys()).toBe(before);
    responder.receive(second!, at(100 + 5_000));
    expect(responder.messages).toHaveLength(2);
    expect(responder.machine.metrics().refused).toMatchObject({ "epoch-unknown": 1 });
  });
});

describe.each(paths)("fault 6: fresh ephemeral keys over a %s path", delivery => {
  it.each(ends)(
    "the %s proposes: its ephemeral keys are kept until the answer has come, then they are erased",
    name => {
      const watched = { initiator: new WatchedProvider(), responder: new WatchedProvider() };
      const pair = establishedPair({
        both: { delivery },
        initiator: { provider: watched.initiator.provider },
        responder: { provider: watched.responder.provider },
      });
      const other = name === "initiator" ? "responder" : "initiator";
      const ephemerals = (end: keyof Pair): number =>
        watched[end].undisposed.filter(kind => kind === "ephemeral" || kind === "kem key pair").length;
      const before = { initiator: ephemerals("initiator"), responder: ephemerals("responder") };
      for (let round = 1; round <= 3; round++) {
        pair[name].machine.advanceEpoch(at(2));
        pair[name].collect(at(2));
        expect(ephemerals(name)).toBe(before[name] + 2);
        const [proposal] = pair[name].takeFrames();
        pair[other].receive(proposal!, at(2));
        expect(ephemerals(other)).toBe(before[other]);
        expect(ephemerals(name)).toBe(before[name] + 2);
        exchange(pair);
        expect(ephemerals(name)).toBe(before[name]);
        expect(pair[name].machine.inspect().lineage!.current.generation).toBe(round);
      }
      for (const end of ends) {
        const live = watched[end].undisposed.filter(kind => kind === "shared secret");
        expect(live).toEqual([]);
      }
    },
  );
});

describe.each(paths)("fault 7: what is metered over a %s path", delivery => {
  const limits = checkedLimits({
    sentMessages: { warn: 8, max: 10 },
    receivedMessages: { warn: 3, max: 5 },
    sentBytes: { warn: 800, max: 1_000 },
    receivedBytes: { warn: 300, max: 500 },
  });

  it("each direction by itself, at both ends, in messages and in bytes, with those of a batch one by one", () => {
    const pair = establishedPair({ both: { delivery, autoRenew: false }, initiator: { limits } });
    const { initiator, responder } = pair;
    const left = (end: End) => {
      const health = end.machine.checkHealth(at(2));
      if (!("remaining" in health)) throw new Error(health.status);
      const { sentMessages, receivedMessages, sentBytes, receivedBytes } = health.remaining;
      return { sentMessages, receivedMessages, sentBytes, receivedBytes };
    };
    responder.machine.sendBatch([new Uint8Array(10), new Uint8Array(20)], at(2));
    responder.collect(at(2));
    exchange(pair);
    initiator.machine.send(new Uint8Array(100), at(2));
    initiator.collect(at(2));
    exchange(pair);
    expect(left(initiator)).toEqual({
      sentMessages: 9,
      receivedMessages: 3,
      sentBytes: 900,
      receivedBytes: 470,
    });
    expect(left(responder)).toEqual({
      sentMessages: 3,
      receivedMessages: 9,
      sentBytes: 470,
      receivedBytes: 900,
    });
    // What passes a limit is refused whole, and nothing has changed.
    const batch = [1, 2, 3, 4].map(() => new Uint8Array(1));
    expect(() => responder.machine.sendBatch(batch, at(2))).toThrow(
      expect.objectContaining({ code: "limit-exceeded", category: "limit", recovery: "renew" }),
    );
    expect(() => responder.machine.send(new Uint8Array(471), at(2))).toThrow(
      expect.objectContaining({ code: "limit-exceeded", category: "limit", recovery: "renew" }),
    );
    expect(left(responder).sentMessages).toBe(3);
    responder.machine.send(new Uint8Array(470), at(2));
    expect(responder.machine.checkHealth(at(2))).toEqual({ status: "expired", reason: "sentBytes" });
  });
});

describe.each(paths)("fault 8: a busy session over a %s path", delivery => {
  it("is warned and renewed, and never dies or loses a message while it renews", () => {
    const limits = checkedLimits({
      age: { warn: 50_000, max: 60_000 },
      sentMessages: { warn: 60, max: 80 },
      receivedBytes: { warn: 500, max: 700 },
      lineageAge: 1e9,
    });
    const pair = establishedPair({ both: { delivery, limits } });
    let sent = 0;
    for (let now = 10; now < 1_000_000; now += 997) {
      for (const name of ends) {
        const { machine } = pair[name];
        const wakeup = machine.nextWakeup(at(now));
        if (wakeup !== undefined && wakeup <= now) machine.wake(at(now));
        const health = machine.checkHealth(at(now));
        expect(["healthy", "near-expiry"]).toContain(health.status);
        say(pair[name], at(now), `${sent}`.padStart(8));
      }
      sent++;
      exchangeAt(pair, at(now));
    }
    for (const name of ends) {
      const end = pair[name];
      expect(end.messages).toHaveLength(sent);
      expect(end.machine.state.name).not.toBe("ended");
      expect(end.events.filter(type => type === "near-expiry").length).toBeGreaterThan(15);
      expect(end.events.filter(type => type === "renewed").length).toBeGreaterThan(15);
      // Each session was warned before it was renewed.
      const story = end.events.filter(type => type === "near-expiry" || type === "renewed");
      expect(story.indexOf("near-expiry")).toBeLessThan(story.indexOf("renewed"));
    }
  });

  it.each([
    ["age", { age: { warn: 40_000, max: 60_000 } }, 60_001],
    ["idle", { idle: { warn: 40_000, max: 60_000 } }, 60_001],
    ["lineageAge", { lineageAge: { warn: 40_000, max: 60_000 } }, 60_001],
  ] as const)(
    "expires by its limit of %s when its time has come, though nobody asks",
    (reason, limit, edge) => {
      const limits = checkedLimits(limit);
      const pair = establishedPair({ both: { delivery, limits, autoRenew: false } });
      const times = liveUntil(pair, 2, 1_000_000);
      for (const name of ends) {
        const { machine, events } = pair[name];
        expect(machine.state).toMatchObject({ name: "ended", end: { kind: "expired", reason } });
        expect(events.filter(type => type === "near-expiry")).toHaveLength(1);
        expect(events.slice(-2)).toEqual(["expired", "ended"]);
        expect(machine.nextWakeup(at(2_000_000))).toBeUndefined();
      }
      expect(times.at(-1)).toBe(edge);
      expect(times.length).toBeLessThan(20);
    },
  );

  it("that nobody looks at is renewed at its warning edge by its wake-ups alone", () => {
    const limits = checkedLimits({ age: { warn: 40_000, max: 60_000 } });
    const pair = establishedPair({ both: { delivery, limits } });
    liveUntil(pair, 2, 1_000_000);
    for (const name of ends) {
      expect(pair[name].machine.state.name).not.toBe("ended");
      expect(pair[name].events.filter(type => type === "renewed").length).toBeGreaterThanOrEqual(24);
    }
    say(pair.initiator, at(1_000_000));
    exchangeAt(pair, at(1_000_000));
    expect(pair.responder.messages).toHaveLength(1);
  });

  it("whose peer does not answer is warned, and ends at the hard edge and no later", () => {
    const limits = checkedLimits({ age: { warn: 40_000, max: 60_000 } });
    const { initiator } = establishedPair({ both: { delivery, limits } });
    let now = 2;
    for (; initiator.machine.state.name !== "ended";) {
      const wanted = initiator.machine.nextWakeup(at(now))!;
      expect(wanted).toBeLessThanOrEqual(60_001);
      now = Math.max(wanted, now);
      initiator.machine.wake(at(now));
      initiator.collect(at(now));
    }
    expect(now).toBe(60_001);
    expect(initiator.machine.state).toMatchObject({ end: { kind: "expired", reason: "age" } });
    expect(initiator.events).toContain("near-expiry");
  });
});
