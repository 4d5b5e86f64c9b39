import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes/index.js";
import { checkedLimits, defaultKeyPolicy } from "../../src/session/index.js";
import { at, establishedPair, exchange, type End, type Pair } from "./machine-pair.js";

const paths = ["ordered", "datagram"] as const;

function step(pair: Pair, end: End, now: number, act: (end: End) => void): void {
  act(end);
  end.collect(at(now));
  exchange(pair);
}

function talk(pair: Pair, now = 2): void {
  for (const [from, to] of [
    [pair.initiator, pair.responder],
    [pair.responder, pair.initiator],
  ] as const) {
    const before = to.messages.length;
    step(pair, from, now, end => end.machine.send(utf8("hello"), at(now)));
    expect(to.messages).toHaveLength(before + 1);
  }
}

function told(end: End, type: string): number {
  return end.events.filter(event => event === type).length;
}

describe.each(paths)("generations over a %s path", delivery => {
  it.each(["initiator", "responder"] as const)("%s proposes: both ends move to fresh keys", name => {
    const pair = establishedPair({ both: { delivery } });
    for (let generation = 1; generation <= 5; generation++) {
      step(pair, pair[name], 2, end => end.machine.advanceEpoch(at(2)));
      expect([pair.initiator.failure, pair.responder.failure]).toEqual([undefined, undefined]);
      expect([told(pair.initiator, "epoch-advanced"), told(pair.responder, "epoch-advanced")]).toEqual([
        generation,
        generation,
      ]);
      talk(pair);
      step(pair, pair.initiator, 2, end => end.machine.rotateKeys(at(2)));
      talk(pair);
    }
  });

  it("both propose at once: one generation comes of it", () => {
    const pair = establishedPair({ both: { delivery } });
    pair.initiator.machine.advanceEpoch(at(2));
    pair.responder.machine.advanceEpoch(at(2));
    pair.initiator.collect(at(2));
    pair.responder.collect(at(2));
    exchange(pair);
    expect([told(pair.initiator, "epoch-advanced"), told(pair.responder, "epoch-advanced")]).toEqual([1, 1]);
    talk(pair);
  });
});

describe.each(paths)("renewal over a %s path", delivery => {
  it.each(["initiator", "responder"] as const)("%s proposes: a new id, nothing lost", name => {
    const pair = establishedPair({ both: { delivery } });
    talk(pair);
    for (let renewal = 1; renewal <= 6; renewal++) {
      const id = pair.initiator.machine.id;
      step(pair, pair[name], 2, end => end.machine.renew(at(2)));
      expect([pair.initiator.failure, pair.responder.failure]).toEqual([undefined, undefined]);
      expect(told(pair.initiator, "renewed")).toBe(renewal);
      expect(told(pair.responder, "renewed")).toBe(renewal);
      expect(pair.initiator.machine.id).not.toEqual(id);
      expect(pair.initiator.machine.id).toEqual(pair.responder.machine.id);
      talk(pair, 10_000 * renewal);
      step(pair, pair.responder, 2, end => end.machine.advanceEpoch(at(10_000 * renewal)));
      talk(pair, 10_000 * renewal);
    }
  });

  it("both propose at once: one renewal comes of it", () => {
    const pair = establishedPair({ both: { delivery } });
    pair.initiator.machine.renew(at(2));
    pair.responder.machine.renew(at(2));
    pair.initiator.collect(at(2));
    pair.responder.collect(at(2));
    exchange(pair);
    expect([told(pair.initiator, "renewed"), told(pair.responder, "renewed")]).toEqual([1, 1]);
    talk(pair);
  });

  it("messages that cross a renewal arrive, each once", () => {
    const pair = establishedPair({ both: { delivery } });
    pair.initiator.machine.renew(at(2));
    for (let round = 0; round < 6; round++) {
      for (const end of [pair.initiator, pair.responder]) {
        end.machine.send(utf8(`round ${round}`), at(3));
        end.collect(at(3));
      }
      for (const [from, to] of [
        [pair.initiator, pair.responder],
        [pair.responder, pair.initiator],
      ] as const) {
        for (const frame of from.takeFrames()) to.receive(frame, at(3));
      }
    }
    exchange(pair);
    const expected = Array.from({ length: 6 }, (_, round) => utf8(`round ${round}`));
    expect(pair.initiator.messages).toEqual(expected);
    expect(pair.responder.messages).toEqual(expected);
    expect(told(pair.responder, "renewed")).toBe(1);
  });

  it("senders are asked to wait before a limit, also where the peer has not yet come to the next session", () => {
    const limits = checkedLimits({ sentMessages: { warn: 2, max: 10 } });
    const pair = establishedPair({ both: { delivery, limits } });
    const { initiator, responder } = pair;
    const send = (): void => {
      initiator.machine.send(utf8("x"), at(2));
      initiator.collect(at(2));
    };
    const pass = (from: End, to: End): void => {
      for (const frame of from.takeFrames()) to.receive(frame, at(2));
    };
    send();
    send();
    pass(initiator, responder);
    pass(responder, initiator);
    expect(initiator.machine.inspect().lineage).toMatchObject({ sending: 1, current: { renewals: 0 } });
    let sent = 0;
    while (!initiator.machine.awaitsRenewal) {
      send();
      sent++;
    }
    expect(sent).toBe(6);
    exchange(pair);
    expect(initiator.machine.awaitsRenewal).toBe(false);
    expect(responder.messages).toHaveLength(8);
    expect(told(initiator, "renewed")).toBe(2);
  });

  it("a peer that the policy no longer accepts is refused at renewal", () => {
    const pair = establishedPair({ both: { delivery } });
    pair.responder.allow = false;
    step(pair, pair.initiator, 2, end => end.machine.renew(at(2)));
    expect(pair.responder.failure).toBe("peer-refused");
  });
});

describe("limits and health", () => {
  it("say exactly how many messages may still be sent", () => {
    const limits = checkedLimits({ sentMessages: { warn: 3, max: 5 } });
    const pair = establishedPair({
      initiator: { limits, autoRenew: false },
      responder: { autoRenew: false },
    });
    const { machine } = pair.initiator;
    for (let sent = 0; sent < 5; sent++) {
      const health = machine.checkHealth(at(2));
      expect(health.status).toBe(sent < 3 ? "healthy" : "near-expiry");
      if (health.status === "near-expiry")
        expect(health).toMatchObject({ reason: "sentMessages", left: 5 - sent });
      machine.send(utf8("x"), at(2));
    }
    expect(machine.checkHealth(at(2))).toEqual({ status: "expired", reason: "sentMessages" });
    expect(() => machine.send(utf8("x"), at(2))).toThrow(
      expect.objectContaining({ code: "session-expired" }),
    );
    pair.initiator.collect(at(2));
    exchange(pair);
    expect(pair.responder.messages).toHaveLength(5);
    expect(pair.responder.machine.state).toMatchObject({
      end: { kind: expect.stringMatching("closed|expired") as string },
    });
  });

  it("age: healthy, near, expired, each at its millisecond", () => {
    const limits = checkedLimits({ age: { warn: 100, max: 200 } });
    const { initiator } = establishedPair({ initiator: { limits, autoRenew: false } });
    const born = 1;
    expect(initiator.machine.checkHealth(at(born + 99)).status).toBe("healthy");
    expect(initiator.machine.checkHealth(at(born + 100))).toMatchObject({ status: "near-expiry", left: 100 });
    expect(initiator.machine.checkHealth(at(born + 199))).toMatchObject({ status: "near-expiry", left: 1 });
    expect(initiator.machine.checkHealth(at(born + 200))).toEqual({ status: "expired", reason: "age" });
    initiator.machine.send(utf8("the last"), at(born + 199));
    expect(() => initiator.machine.send(utf8("x"), at(born + 200))).toThrow();
    expect(initiator.machine.state).toMatchObject({ end: { kind: "expired", reason: "age" } });
  });

  it("the stricter end's limits hold at both ends", () => {
    const limits = checkedLimits({ receivedMessages: { warn: 1, max: 2 } });
    const pair = establishedPair({
      responder: { limits, autoRenew: false },
      initiator: { autoRenew: false },
    });
    pair.initiator.machine.send(utf8("x"), at(2));
    expect(pair.initiator.machine.checkHealth(at(2))).toMatchObject({ reason: "sentMessages", left: 1 });
  });

  it("a warning edge renews the session by itself, and the count begins again", () => {
    const limits = checkedLimits({ sentMessages: { warn: 10, max: 20 } });
    const pair = establishedPair({ both: { limits } });
    for (let i = 0; i < 70; i++) talk(pair, i);
    expect(told(pair.initiator, "renewed")).toBeGreaterThan(5);
    expect(pair.initiator.messages).toHaveLength(70);
    expect(pair.responder.messages).toHaveLength(70);
  });

  it("the lineage's cap survives renewal", () => {
    const limits = checkedLimits({
      age: { warn: 10_000, max: 20_000 },
      lineageAge: { warn: 90_000, max: 100_000 },
    });
    const pair = establishedPair({ both: { limits } });
    let now = 1;
    for (; now < 100_001; now += 1_000) {
      for (const end of [pair.initiator, pair.responder]) {
        end.machine.wake(at(now));
        end.collect(at(now));
      }
      for (const [from, to] of [
        [pair.initiator, pair.responder],
        [pair.responder, pair.initiator],
        [pair.initiator, pair.responder],
        [pair.responder, pair.initiator],
      ] as const) {
        for (const frame of from.takeFrames()) to.receive(frame, at(now));
      }
      expect(pair.initiator.machine.state.name).not.toBe("ended");
    }
    expect(told(pair.initiator, "renewed")).toBeGreaterThan(5);
    pair.initiator.machine.wake(at(100_001));
    expect(pair.initiator.machine.state).toMatchObject({ end: { kind: "expired", reason: "lineageAge" } });
  });

  it("a send after the warning of idleness leads back to active, and the next idleness is told again", () => {
    const limits = checkedLimits({ idle: { warn: 100, max: 200 } });
    const pair = establishedPair({ both: { limits } });
    const { machine } = pair.initiator;
    for (const [round, now] of [150, 300].entries()) {
      machine.wake(at(now));
      expect(machine.state).toEqual({ name: "near-expiry", reason: "idle" });
      machine.send(utf8("still here"), at(now));
      expect(machine.state).toEqual({ name: "active" });
      pair.initiator.collect(at(now));
      expect(told(pair.initiator, "near-expiry")).toBe(round + 1);
    }
  });

  it("generations and renewals are counted, through all renewals", () => {
    const pair = establishedPair();
    step(pair, pair.initiator, 2, end => end.machine.advanceEpoch(at(2)));
    step(pair, pair.responder, 2, end => end.machine.renew(at(2)));
    step(pair, pair.initiator, 2, end => end.machine.advanceEpoch(at(2)));
    for (const end of [pair.initiator, pair.responder]) {
      expect(end.machine.metrics()).toMatchObject({ generations: 2, renewals: 1 });
    }
  });

  it("what has expired delivers nothing, also where no alarm has gone off", () => {
    const limits = checkedLimits({ age: { warn: 100, max: 200 } });
    const pair = establishedPair({
      responder: { limits, autoRenew: false },
      initiator: { autoRenew: false },
    });
    pair.initiator.machine.send(utf8("in time"), at(199));
    pair.initiator.collect(at(199));
    const [frame] = pair.initiator.takeFrames();
    pair.responder.receive(frame!, at(500));
    expect(pair.responder.messages).toEqual([]);
    expect(pair.responder.machine.state).toMatchObject({ end: { kind: "expired", reason: "age" } });
  });

  it("so many forged datagrams under one key lead to a generation, and end nothing", () => {
    const pair = establishedPair({
      both: { delivery: "datagram", keyPolicy: { ...defaultKeyPolicy, forgeries: 3 } },
    });
    pair.initiator.machine.send(utf8("genuine"), at(2));
    pair.initiator.collect(at(2));
    const [frame] = pair.initiator.takeFrames();
    for (let forgery = 1; forgery <= 3; forgery++) {
      expect(told(pair.responder, "epoch-advanced")).toBe(0);
      const forged = Uint8Array.from(frame!);
      forged[forged.length - forgery]! ^= 1;
      pair.responder.receive(forged, at(2));
      if (forgery < 3) expect(pair.responder.frames).toHaveLength(0);
    }
    exchange(pair);
    expect([told(pair.initiator, "epoch-advanced"), told(pair.responder, "epoch-advanced")]).toEqual([1, 1]);
    talk(pair);
  });

  it("keys rotate by themselves", () => {
    const keyPolicy = { ...defaultKeyPolicy, rotation: { records: 4, bytes: 1e9, time: 1e9 } };
    const pair = establishedPair({ both: { keyPolicy } });
    for (let i = 0; i < 20; i++) talk(pair, 2);
    expect(pair.initiator.machine.metrics().sent.rotations).toBe(4);
    expect(pair.responder.machine.metrics().received.rotations).toBe(4);
  });
});
