import { describe, expect, it } from "vitest";
import { utf8, concat } from "../../src/bytes/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { HandshakeState } from "../../src/noise/index.js";
import { clearFrame, clearFrameType, type Ordering } from "../../src/record/index.js";
import type { EstablishedPhase } from "../../src/session/established-phase.js";
import { checkedLimits, defaultKeyPolicy, suites } from "../../src/session/index.js";
import { proposalRate } from "../../src/session/key-policy.js";
import { ProposalGate } from "../../src/session/proposal-gate.js";
import { suiteProtocol } from "../../src/session/suites.js";
import { TokenBucket } from "../../src/session/token-bucket.js";
import { at, establishedPair, exchange, newPair, seededRandom, type End, type Pair } from "./machine-pair.js";

const { burst, interval } = proposalRate;
const told = (end: End, type: string): number => end.events.filter(event => event === type).length;

/** Carries frames till both are quiet, at one time. */
function carry({ initiator, responder }: Pair, now: number): void {
  for (let quiet = false; !quiet;) {
    quiet = true;
    for (const [from, to] of [
      [initiator, responder],
      [responder, initiator],
    ] as const) {
      from.collect(at(now));
      for (const frame of from.takeFrames()) {
        quiet = false;
        to.receive(frame, at(now));
      }
    }
  }
}

describe("a token bucket", () => {
  it("gives its burst at once, then one each interval, and never more than its burst", () => {
    const bucket = new TokenBucket({ burst: 3, interval: 1000 }, at(0));
    const taken = (now: number): number => {
      let count = 0;
      while (bucket.take(at(now))) count++;
      return count;
    };
    expect(taken(0)).toBe(3);
    expect(bucket.nextAt(at(0))).toBe(1000);
    expect([taken(999), taken(1000), taken(1001), taken(3999), taken(4000)]).toEqual([0, 1, 0, 2, 1]);
    expect(bucket.nextAt(at(4500))).toBe(5000);
    expect(taken(1_000_000)).toBe(3);
    expect(taken(0)).toBe(0);
  });
});

describe.each(["ordered", "datagram"] as const)("what an accepted peer can cause (%s)", delivery => {
  it.each(["generation", "renewal"] as const)(
    "proposals of a %s that come too soon wait, and are answered in their time",
    kind => {
      const pair = establishedPair({ both: { delivery } });
      const { initiator, responder } = pair;
      const event = kind === "generation" ? "epoch-advanced" : "renewed";
      for (let i = 0; i < 40; i++) {
        if (kind === "generation") initiator.machine.advanceEpoch(at(1));
        else initiator.machine.renew(at(1));
        carry(pair, 1);
      }
      expect(told(responder, event)).toBe(burst);
      expect(responder.machine.nextWakeup(at(1))).toBe(1 + interval);
      responder.machine.wake(at(interval));
      carry(pair, interval);
      expect(told(responder, event)).toBe(burst);
      responder.machine.wake(at(1 + interval));
      carry(pair, 1 + interval);
      expect(told(responder, event)).toBe(burst + 1);
      // What was asked for meanwhile comes after it, no sooner than a second later.
      for (let now = 1 + interval; now <= 1 + 5 * interval; now += interval / 4) {
        responder.machine.wake(at(now));
        carry(pair, now);
      }
      expect(told(responder, event)).toBeLessThanOrEqual(burst + 5);
      expect([initiator.failure, responder.failure]).toEqual([undefined, undefined]);
      initiator.machine.send(utf8("still there"), at(10_000));
      carry(pair, 10_000);
      expect(responder.messages).toEqual([utf8("still there")]);
    },
  );

  it("limits of one message make a bounded number of renewals, and cost no message", () => {
    const limits = checkedLimits({
      sentMessages: { warn: 1, max: 500 },
      receivedMessages: { warn: 1, max: 500 },
    });
    const pair = establishedPair({ both: { delivery }, responder: { limits } });
    for (let i = 0; i < 200; i++) {
      pair.initiator.machine.send(utf8(`${i}`), at(1));
      carry(pair, 1);
    }
    // Each end proposes so many by itself.
    expect(told(pair.initiator, "renewed")).toBeGreaterThanOrEqual(burst);
    expect(told(pair.initiator, "renewed")).toBeLessThanOrEqual(2 * burst);
    expect(pair.responder.messages).toHaveLength(200);
    expect(pair.initiator.machine.nextWakeup(at(1))).toBe(1 + interval);
    pair.initiator.machine.wake(at(1 + interval));
    carry(pair, 1 + interval);
    expect(told(pair.initiator, "renewed")).toBeLessThanOrEqual(2 * burst + 2);
    expect(pair.initiator.failure).toBeUndefined();
  });

  it("renewals that a peer's limits ask for are bounded at this end, however willing the peer is", () => {
    const limits = checkedLimits({ receivedMessages: { warn: 1, max: 500 } });
    const keyPolicy = { ...defaultKeyPolicy, proposals: { burst: 1_000, interval: 1 } };
    const pair = establishedPair({ both: { delivery }, responder: { limits, keyPolicy, autoRenew: false } });
    for (let i = 0; i < 100; i++) {
      pair.initiator.machine.send(utf8(`${i}`), at(1));
      carry(pair, 1);
    }
    expect(told(pair.initiator, "renewed")).toBe(burst);
    expect(pair.responder.messages).toHaveLength(100);
  });

  it("a peer that asks without end and never reads makes an end keep one answer of each kind", () => {
    const pair = establishedPair({ both: { delivery } });
    const { initiator, responder } = pair;
    responder.machine.pathBlocked(true, at(2));
    const flood: Uint8Array[] = [];
    for (let i = 0; i < 500; i++) {
      initiator.machine.ping(at(2));
      initiator.machine.advanceEpoch(at(2));
      initiator.machine.renew(at(2));
      initiator.machine.send(utf8("x"), at(2));
      initiator.collect(at(2));
      flood.push(...initiator.takeFrames());
    }
    for (const frame of flood) responder.receive(frame, at(2));
    for (let now = 2; now < 100_000; now += 1_000) {
      responder.machine.wake(at(now));
      responder.collect(at(now));
    }
    expect(responder.frames).toEqual([]);
    expect(responder.messages).toHaveLength(500);
    const wakeup = responder.machine.nextWakeup(at(100_000));
    expect(wakeup).toBeGreaterThan(100_000);
    responder.machine.pathBlocked(false, at(100_000));
    responder.collect(at(100_000));
    expect(responder.frames.length).toBeLessThanOrEqual(3);
    carry(pair, 100_000);
    expect(initiator.log.filter(({ kind }) => kind === "pong")).toHaveLength(1);
    expect(told(initiator, "renewed")).toBe(1);
    expect([initiator.failure, responder.failure]).toEqual([undefined, undefined]);
  });
});

describe("payloads that are none", () => {
  it("R14 a message 2 of anybody with a malformed payload does not use an XX handshake up on datagrams", () => {
    const both = { delivery: "datagram", floor: "classic", prefer: "classic" } as const;
    const pair = newPair({ both });
    const [first] = pair.initiator.frames;
    const offerEnd = 4 + ((first![2]! << 8) | first![3]!);
    const prologue = concat(utf8("bowline/negotiation/v1"), Uint8Array.of(1), first!.subarray(2, offerEnd));
    const random = seededRandom(99);
    const stranger = new HandshakeState({
      protocol: suiteProtocol(suites.XX, nodeProvider),
      role: "responder",
      prologue,
      random,
      s: nodeProvider.dh.generateKeyPair(random),
    });
    stranger.readMessage(first!.subarray(offerEnd));
    const message2 = stranger.writeMessage(new Uint8Array(5));
    pair.initiator.receive(clearFrame(clearFrameType.handshake, message2));
    expect(pair.initiator.machine.metrics().refused).toEqual({ "frame-malformed": 1 });
    exchange(pair);
    expect([pair.initiator.machine.state.name, pair.responder.machine.state.name]).toEqual([
      "active",
      "active",
    ]);
  });
});

describe("answers that are wrong", () => {
  // What it came under does not matter to an answer.
  const phase = {} as EstablishedPhase;
  const answer = { kind: "answer-renewal", body: new Uint8Array(0) } as const;
  const admitted = (ordering: Ordering, awaited: boolean): number => {
    const gate = new ProposalGate(proposalRate, ordering);
    return Array.from({ length: 100 }).filter(() => gate.admits(answer, phase, awaited, at(0))).length;
  };

  it("X38 cost a bounded number of handshakes on datagrams, where they end nothing", () => {
    expect(admitted("out-of-order", true)).toBe(proposalRate.burst);
    expect(admitted("out-of-order", false)).toBe(100);
    expect(admitted("in-order", true)).toBe(100);
  });
});
