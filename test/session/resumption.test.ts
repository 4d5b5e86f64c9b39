import { describe, expect, it } from "vitest";
import { toHex } from "../../src/bytes/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { clearFrameType } from "../../src/record/index.js";
import { disposeState, resumptionName, type ResumptionState } from "../../src/session/index.js";
import { at, exchange, type End, type Pair } from "./machine-pair.js";
import { cut, finder, kept, resumedPair, said, say } from "./resumption-pair.js";

describe.each([
  { delivery: "ordered", known: false, floor: "hybrid" },
  { delivery: "ordered", known: true, floor: "hybrid" },
  { delivery: "datagram", known: true, floor: "hybrid" },
  { delivery: "ordered", known: true, floor: "classic" },
] as const)("a resumption ($delivery, known: $known, floor $floor)", ({ delivery, known, floor }) => {
  const both = { delivery, floor, prefer: floor } as const;

  it.each(["initiator", "responder"] as const)("goes on with the lineage, asked for by its %s", resumer => {
    const { states, pair, old } = resumedPair({ known, both }, { resumer });
    exchange(pair);
    const resumed = pair.initiator;
    expect(resumed.events.slice(0, 2)).toEqual(["established", "resumed"]);
    expect(pair.responder.events.slice(0, 2)).toEqual(["established", "resumed"]);
    expect(resumed.machine.id).toEqual(pair.responder.machine.id);
    expect(resumed.machine.id).not.toEqual(states.initiator.session);
    for (const end of [pair.initiator, pair.responder]) {
      expect(end.machine.lineageId).toEqual(states.initiator.lineage);
      expect(end.machine.suite).toBe(states.initiator.suite);
      expect(end.machine.resumed?.from).toBe(toHex(states.initiator.session));
    }
    // Ties and stream ids go by the roles of the full handshake, whoever has resumed.
    expect(resumed.machine.role).toBe(resumer);
    expect(pair.responder.machine.role).toBe(resumer === "initiator" ? "responder" : "initiator");
    say(pair.initiator, "to");
    say(pair.responder, "fro");
    exchange(pair);
    expect([said(pair.responder), said(pair.initiator)]).toEqual([["to"], ["fro"]]);
    expect(old.initiator.machine.id).not.toEqual(resumed.machine.id);
  });

  it("generations, renewals and further resumptions follow", () => {
    const { pair } = resumedPair({ known, both }, { resumer: "responder" });
    exchange(pair);
    for (const [act, event] of [
      ["advanceEpoch", "epoch-advanced"],
      ["renew", "renewed"],
    ] as const) {
      pair.initiator.machine[act](at(3));
      pair.initiator.collect(at(3));
      exchange(pair);
      for (const end of [pair.initiator, pair.responder]) expect(end.events).toContain(event);
    }
    const again = cut(pair, { resumer: "initiator", both });
    exchange(again.pair);
    expect(again.pair.initiator.events).toContain("resumed");
    expect(again.pair.initiator.machine.lineageId).toEqual(pair.initiator.machine.lineageId);
    expect(again.pair.responder.machine.metrics()).toMatchObject({
      generations: 1,
      renewals: 1,
      resumptions: 2,
    });
    say(again.pair.initiator, "still");
    exchange(again.pair);
    expect(said(again.pair.responder)).toEqual(["still"]);
  });
});

describe("what a resumption carries on", () => {
  it("counts, and what the peer has got", () => {
    const { pair } = resumedPair({ known: true }, { resumer: "initiator", talk: 3 });
    exchange(pair);
    const { sent, received, resumptions } = pair.initiator.machine.metrics();
    expect([sent.messages, received.messages, resumptions]).toEqual([3n, 0n, 1]);
    expect(pair.initiator.machine.resumed).toMatchObject({ peerReceived: 3n, peerSessions: 1 });
    expect(pair.responder.machine.resumed).toMatchObject({ peerReceived: 0n, peerSessions: 1 });
  });

  it("H47 the lineage's age: the least of what both have left, and none is gained", () => {
    const { pair, states } = resumedPair({ known: true }, { resumer: "initiator", later: 5_000 });
    const left = (end: End): number => {
      const health = end.machine.checkHealth(at(5_000));
      return health.status === "healthy" ? health.remaining.lineageAge : -1;
    };
    exchange(pair, frame => [frame], at(5_000));
    const kept = Math.min(states.initiator.lineageLeft, states.responder.lineageLeft);
    expect(left(pair.initiator)).toBe(kept - 5_000 + 2);
    expect(left(pair.responder)).toBe(kept - 5_000 + 2);
  });

  it("H47 where one end has less left, that holds at both: neither what the peer leaves nor what this end has is passed over", () => {
    const { pair, states } = resumedPair(
      { known: true },
      { resumer: "initiator", tamper: state => ({ ...state, lineageLeft: 1_000 }), only: "responder" },
    );
    exchange(pair);
    for (const end of [pair.initiator, pair.responder]) {
      const health = end.machine.checkHealth(at(3));
      expect(health.status === "near-expiry" && health.remaining.lineageAge).toBeLessThanOrEqual(1_000);
    }
    expect(states.initiator.lineageLeft).toBeGreaterThan(1_000_000);
  });

  it("no keys of the old sessions: each generation has a name of its own, and two are known at a time", () => {
    const { old } = resumedPair({ known: true }, { resumer: "initiator" });
    const names = (end: End): string[] => {
      const state = kept(end);
      const list = state.secrets.map(secret => toHex(resumptionName(nodeProvider, secret)));
      disposeState(state);
      return list;
    };
    const first = names(old.initiator);
    expect(first).toHaveLength(1);
    expect(names(old.responder)).toEqual(first);
    const seen = [...first];
    for (let generation = 1; generation <= 3; generation++) {
      old.initiator.machine.advanceEpoch(at(3));
      old.initiator.collect(at(3));
      exchange(old);
      const now = names(old.initiator);
      expect(names(old.responder)).toEqual(now);
      expect(now).toHaveLength(2);
      expect(now[1]).toBe(seen.at(-1));
      expect(seen).not.toContain(now[0]);
      seen.push(now[0]!);
    }
    old.responder.machine.renew(at(4));
    old.responder.collect(at(4));
    exchange(old);
    expect(names(old.initiator)[1]).toBe(seen.at(-1));
    expect(names(old.responder)).toEqual(names(old.initiator));
  });

  it("nothing once the session has ended", () => {
    const { old } = resumedPair({ known: true }, { resumer: "initiator" });
    old.initiator.machine.connectionEnded(at(3));
    expect(old.initiator.machine.resumptionState(at(3))).toBeUndefined();
  });
});

describe("a resumption that the responder cannot take", () => {
  const nothingKept = { lookup: () => undefined };

  it.each(["hybrid", "classic"] as const)(
    "leads to one full handshake on the same path, in the lineage's kind (floor %s)",
    floor => {
      const both = { floor, prefer: floor } as const;
      const { pair, states } = resumedPair({ known: true, both }, { resumer: "initiator", ...nothingKept });
      const types: number[] = [];
      exchange(pair, frame => {
        types.push(frame[0]!);
        return [frame];
      });
      expect(types.slice(0, 4)).toEqual([
        clearFrameType.resume,
        clearFrameType.resumptionRefused,
        clearFrameType.offer,
        clearFrameType.handshake,
      ]);
      expect(pair.initiator.machine.suite).toBe(floor === "hybrid" ? "IKhfs" : "IK");
      expect(pair.initiator.events).not.toContain("resumed");
      expect(pair.initiator.machine.lineageId).toEqual(pair.initiator.machine.id);
      expect(pair.initiator.machine.lineageId).not.toEqual(states.initiator.lineage);
    },
  );

  it("H46 a hybrid lineage is never tried again as classic, whatever the floor and the preference", () => {
    const { pair } = resumedPair(
      { known: true },
      { resumer: "initiator", ...nothingKept, options: { floor: "classic", prefer: "classic" } },
    );
    exchange(pair);
    expect(pair.initiator.machine.suite).toBe("IKhfs");
  });

  it("is told where nothing takes its place", () => {
    const { pair } = resumedPair({ known: true }, { resumer: "initiator", ...nothingKept, fallback: false });
    exchange(pair);
    expect(pair.initiator.failure).toBe("resumption-refused");
  });

  it("is refused once: a second refusal, and a second resume frame, have no place", () => {
    const { pair } = resumedPair({ known: true }, { resumer: "initiator", ...nothingKept });
    const [resume] = pair.initiator.takeFrames();
    pair.responder.receive(resume!);
    const [refused] = pair.responder.takeFrames();
    pair.initiator.receive(refused!);
    pair.initiator.receive(refused!);
    expect(pair.initiator.failure).toBe("frame-unexpected");
    pair.responder.receive(resume!);
    expect(pair.responder.failure).toBe("frame-unexpected");
  });

  it.each([
    ["a lineage that is over", (state: ResumptionState) => ({ ...state, lineageLeft: 0 })],
    ["a lineage of another suite", (state: ResumptionState) => ({ ...state, suite: "XXhfs" as const })],
    ["a lineage below its floor", (state: ResumptionState) => ({ ...state, suite: "IK" as const })],
    ["secrets of another generation", (state: ResumptionState) => ({ ...state, secrets: [] })],
  ])("H46 %s is refused", (_, tamper) => {
    const { pair } = resumedPair({ known: true }, { resumer: "initiator", tamper, only: "responder" });
    exchange(pair);
    expect(pair.initiator.events).not.toContain("resumed");
    expect(pair.initiator.machine.state.name).toBe("active");
  });

  it("another version is refused without a look into what is kept", () => {
    let looked = 0;
    const { pair } = resumedPair(
      { known: true },
      {
        resumer: "initiator",
        lookup: () => {
          looked++;
          return undefined;
        },
      },
    );
    const [resume] = pair.initiator.takeFrames();
    resume![2] = 9;
    pair.responder.receive(resume!);
    expect(looked).toBe(0);
    expect(pair.responder.takeFrames()).toEqual([Uint8Array.of(clearFrameType.resumptionRefused, 0)]);
  });

  it("an initiator does not even ask for what is over, or below its floor", () => {
    const over = resumedPair(
      { known: true },
      { resumer: "initiator", tamper: state => ({ ...state, lineageLeft: 0 }), only: "initiator" },
    );
    expect(over.pair.initiator.takeFrames()[0]![0]).toBe(clearFrameType.offer);
    const both = { floor: "classic", prefer: "classic" } as const;
    const below = resumedPair({ known: true, both }, { resumer: "initiator", options: { floor: "hybrid" } });
    expect(below.pair.initiator.takeFrames()[0]![0]).toBe(clearFrameType.offer);
  });
});

describe("a resume frame that is not what it seems", () => {
  function frameOf(pair: Pair): Uint8Array {
    return pair.initiator.takeFrames()[0]!;
  }

  it("R12 replayed, makes no session: nobody has the keys of the answer", () => {
    const { pair, reborn } = resumedPair({ known: true }, { resumer: "initiator" });
    const resume = Uint8Array.from(pair.initiator.frames[0]!);
    exchange(pair);
    const victim = reborn("responder");
    victim.receive(resume);
    const answer = victim.takeFrames();
    expect(answer.map(frame => frame[0])).toEqual([clearFrameType.handshake]);
    expect(victim.events).toEqual([]);
    // The thief sends all that it has heard of the first one.
    victim.receive(resume);
    expect(victim.failure).toBe("frame-unexpected");
    const patient = reborn("responder");
    patient.receive(resume);
    patient.machine.wake(at(30_000));
    patient.collect(at(30_000));
    expect(patient.failure).toBe("handshake-timeout");
    expect(patient.events).toEqual(["ended"]);
  });

  it("R12 H29 replayed answers are refused, too", () => {
    const first = resumedPair({ known: true }, { resumer: "initiator" });
    const [resume] = first.pair.initiator.takeFrames();
    first.pair.responder.receive(resume!);
    const [answer] = first.pair.responder.takeFrames();
    const second = first.reborn("initiator");
    second.receive(answer!);
    expect(second.failure).toBe("handshake-failed");
  });

  it.each([
    ["version", 2, "resumption-refused"],
    ["suite", 3, "resumption-refused"],
    ["name", 6, "resumption-refused"],
    ["nonce", 25, "handshake-failed"],
    ["message 1", 60, "handshake-failed"],
    ["message 1's payload", -3, "handshake-failed"],
  ])("R21 every byte of it is bound: %s", (_, index, expected) => {
    const { pair } = resumedPair({ known: true }, { resumer: "initiator" });
    const resume = frameOf(pair);
    resume[index < 0 ? resume.length + index : index]! ^= 1;
    pair.responder.receive(resume);
    const refused = pair.responder.takeFrames()[0]?.[0] === clearFrameType.resumptionRefused;
    expect(refused ? "resumption-refused" : pair.responder.failure).toBe(expected);
    expect(pair.responder.events).not.toContain("established");
  });

  it("R21 the key is bound to the lineage", () => {
    const { pair, states } = resumedPair(
      { known: true },
      {
        resumer: "initiator",
        tamper: state => ({ ...state, lineage: new Uint8Array(32) }),
        only: "responder",
      },
    );
    expect(states.initiator.lineage).not.toEqual(new Uint8Array(32));
    exchange(pair);
    expect(pair.responder.failure).toBe("handshake-failed");
  });

  it("H26 reflected to its sender, fails", () => {
    const { pair, states, reborn } = resumedPair({ known: true }, { resumer: "initiator" });
    const mirror = reborn("responder", { identity: pair.initiator.identity }, finder(states.initiator));
    mirror.receive(frameOf(pair));
    expect(mirror.failure).toBe("handshake-failed");
  });

  it("H27 another identity with the same secret fails", () => {
    const { states, reborn } = resumedPair({ known: true }, { resumer: "initiator" });
    const stranger = nodeProvider.dh.generateKeyPair(nodeProvider.random);
    const initiator = reborn("initiator", { identity: stranger });
    const responder = reborn("responder", {}, finder(states.responder));
    responder.receive(initiator.takeFrames()[0]!);
    expect(responder.failure).toBe("handshake-failed");
  });

  it("H27 what was kept of one peer does not open another's frame", () => {
    const stranger = nodeProvider.dh.generateKeyPair(nodeProvider.random);
    const { pair } = resumedPair(
      { known: true },
      {
        resumer: "initiator",
        tamper: state => ({ ...state, peer: stranger.publicKey }),
        only: "responder",
      },
    );
    exchange(pair);
    expect(pair.responder.failure).toBe("handshake-failed");
  });

  it("H27 what was kept of one peer is not used for another, nor for oneself", () => {
    const stranger = nodeProvider.dh.generateKeyPair(nodeProvider.random).publicKey;
    const { reborn, pair } = resumedPair({ known: true }, { resumer: "initiator" });
    expect(() => reborn("initiator", { peer: stranger })).toThrow(/has proven the key/);
    expect(() => reborn("initiator", { identity: pair.responder.identity })).toThrow(/own key/);
  });

  it("on datagrams it costs nothing: the right frame still resumes", () => {
    const { pair } = resumedPair({ known: true, both: { delivery: "datagram" } }, { resumer: "initiator" });
    const resume = frameOf(pair);
    const forged = Uint8Array.from(resume);
    forged[forged.length - 1]! ^= 1;
    pair.responder.receive(forged);
    pair.responder.receive(Uint8Array.of(clearFrameType.resume, 0, 1, 2));
    expect(pair.responder.machine.state.name).toBe("handshaking");
    pair.responder.receive(resume);
    exchange(pair);
    expect(pair.responder.events).toContain("resumed");
  });

  it.each([0, 1, 2, 30, 52, 53, 84, 100])("X40 cut to %i bytes, is a typed refusal", length => {
    const { pair } = resumedPair({ known: true }, { resumer: "initiator" });
    pair.responder.receive(frameOf(pair).subarray(0, length));
    const { state } = pair.responder.machine;
    const refused = pair.responder.frames[0]?.[0] === clearFrameType.resumptionRefused;
    expect(refused || (state.name === "ended" && state.end.kind === "failed")).toBe(true);
  });

  it("while the owner looks for what it has kept, another frame has no place, and a late answer harms nobody", () => {
    const { pair } = resumedPair({ known: true }, { resumer: "initiator", lookup: "later" });
    const resume = frameOf(pair);
    pair.responder.receive(resume);
    expect(pair.responder.takeFrames()).toEqual([]);
    pair.responder.receive(resume);
    expect(pair.responder.failure).toBe("frame-unexpected");
    pair.responder.machine.resumption(undefined, at(2));
    pair.responder.collect(at(2));
    expect(pair.responder.takeFrames()).toEqual([]);
  });

  it("the policy decides anew: a peer that it refuses gets nothing", () => {
    const { pair } = resumedPair({ known: true }, { resumer: "initiator" });
    pair.responder.allow = false;
    exchange(pair);
    expect(pair.responder.failure).toBe("peer-refused");
    expect(pair.initiator.events).not.toContain("established");
  });

  it("the terms of message 1 are not in clear", () => {
    const { pair, states } = resumedPair({ known: true }, { resumer: "initiator" });
    const resume = toHex(frameOf(pair));
    const left = new DataView(new ArrayBuffer(8));
    left.setBigUint64(0, BigInt(Math.floor(states.initiator.lineageLeft)));
    expect(resume).not.toContain(toHex(new Uint8Array(left.buffer)));
    expect(resume).not.toContain(toHex(states.initiator.lineage));
    for (const secret of states.initiator.secrets) expect(resume).not.toContain(toHex(secret.expose()));
  });
});
