import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Secret } from "../../src/bytes/index.js";
import type { DhKeyPair } from "../../src/crypto/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { SessionError } from "../../src/errors/index.js";
import type { Role } from "../../src/session/index.js";
import { encodedLimitsLength } from "../../src/session/limits.js";
import { RenewalExchange, type RenewalContext } from "../../src/session/renewal-exchange.js";
import { checkedLimits, defaultLimits, suites } from "../../src/session/index.js";
import { seededRandom } from "./machine-pair.js";

const seed = 20261124;
const headerLength = 32 + 1 + encodedLimitsLength + 8;
const left = 1_000_000;
const keys = seededRandom(5);
const identities: Record<Role, DhKeyPair> = {
  initiator: nodeProvider.dh.generateKeyPair(keys),
  responder: nodeProvider.dh.generateKeyPair(keys),
};

type Ends = Readonly<Record<Role, RenewalExchange>>;
const otherRole = { initiator: "responder", responder: "initiator" } as const;

function newEnds(
  hybrid: boolean,
  session: { readonly id?: number; readonly psk?: number } = {},
  change: Partial<RenewalContext> = {},
): Ends {
  const make = (role: Role): RenewalExchange =>
    new RenewalExchange({
      provider: nodeProvider,
      random: seededRandom(role === "initiator" ? 1 : 2),
      identity: identities[role],
      peer: identities[otherRole[role]].publicKey,
      suite: hybrid ? suites.XXhfs : suites.XX,
      sessionId: new Uint8Array(32).fill(session.id ?? 1),
      lineageRole: role,
      limits: defaultLimits,
      preSharedKey: () => Secret.take(new Uint8Array(32).fill(session.psk ?? 3)),
      ...(role === "responder" ? change : {}),
    });
  return { initiator: make("initiator"), responder: make("responder") };
}

function refusal(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (SessionError.is(error)) return error.code;
    throw error;
  }
}

/** The whole exchange from a proposal on: both ends' results agree. */
function complete(ends: Ends, proposer: Role, proposal: Uint8Array): void {
  const answerer = otherRole[proposer];
  expect(ends[answerer].receiveProposal(proposal)).toEqual({ kind: "ask" });
  const answered = ends[answerer].accept(left - 5)!;
  expect(ends[proposer].receiveAnswer(answered.answer!)).toBe(true);
  const accepted = ends[proposer].accept(left)!;
  expect(accepted.answer).toBeUndefined();
  const [one, other] = [accepted.renewed, answered.renewed];
  expect(one.result.handshakeHash).toEqual(other.result.handshakeHash);
  expect(one.result.chainingKey.expose()).toEqual(other.result.chainingKey.expose());
  expect([one.role, other.role]).toEqual(["initiator", "responder"]);
  expect([one.lineageLeft, other.lineageLeft]).toEqual([left - 5, left]);
}

const withByte = (body: Uint8Array, index: number, mask = 1): Uint8Array => {
  const changed = Uint8Array.from(body);
  changed[index]! ^= mask;
  return changed;
};

describe.each([
  { suite: "hybrid", hybrid: true },
  { suite: "classic", hybrid: false },
])("a renewal of a $suite session", ({ hybrid }) => {
  it.each(["initiator", "responder"] as const)(
    "the %s proposes: both ends have one new session",
    proposer => {
      const ends = newEnds(hybrid);
      complete(ends, proposer, ends[proposer].propose(left));
    },
  );

  it.each(["initiator", "responder"] as const)(
    "a proposal of the %s with any byte of its header changed is refused, and nothing has changed",
    proposer => {
      const ends = newEnds(hybrid);
      const proposal = ends[proposer].propose(left);
      const answerer = ends[otherRole[proposer]];
      for (let index = 0; index < headerLength; index++) {
        const code = refusal(() => answerer.receiveProposal(withByte(proposal, index)));
        expect(["frame-malformed", "handshake-failed"], `byte ${index}`).toContain(code);
        expect(answerer.idle).toBe(true);
      }
      complete(ends, proposer, proposal);
    },
  );

  it("a proposal with a changed message is refused, and so is a changed answer", () => {
    const ends = newEnds(hybrid);
    const proposal = ends.initiator.propose(left);
    for (let index = headerLength; index < proposal.length; index += index < headerLength + 40 ? 1 : 37) {
      expect(refusal(() => ends.responder.receiveProposal(withByte(proposal, index)))).toBe(
        "handshake-failed",
      );
      expect(ends.responder.idle).toBe(true);
    }
    ends.responder.receiveProposal(proposal);
    const { answer } = ends.responder.accept(left)!;
    for (let index = 0; index < answer!.length; index += index < 40 ? 1 : 37) {
      expect(refusal(() => ends.initiator.receiveAnswer(withByte(answer!, index)))).toBe("handshake-failed");
      expect(ends.initiator.proposal).toEqual(proposal);
    }
    expect(ends.initiator.receiveAnswer(answer!)).toBe(true);
  });

  it("R16 R21 a proposal of another session, of an older one of the lineage or with another exporter, is refused", () => {
    const old = newEnds(hybrid).initiator.propose(left);
    const renewed = newEnds(hybrid, { id: 2, psk: 4 });
    expect(refusal(() => renewed.responder.receiveProposal(old))).toBe("frame-malformed");
    // Its session id put right by the attacker: the exporter and the prologue still differ.
    const forged = Uint8Array.from(old);
    forged.fill(2, 0, 32);
    expect(refusal(() => renewed.responder.receiveProposal(forged))).toBe("handshake-failed");
    const otherExporter = newEnds(hybrid, { psk: 4 });
    expect(refusal(() => otherExporter.responder.receiveProposal(old))).toBe("handshake-failed");
    complete(renewed, "initiator", renewed.initiator.propose(left));
  });

  it("R17 a proposal that comes back to its sender is refused or ignored", () => {
    for (const role of ["initiator", "responder"] as const) {
      const ends = newEnds(hybrid);
      const proposal = ends[role].propose(left);
      const twin = newEnds(hybrid)[role];
      expect(refusal(() => twin.receiveProposal(proposal))).toBe("frame-malformed");
      const code = refusal(() => ends[role].receiveProposal(proposal));
      expect([undefined, "frame-malformed"]).toContain(code);
      expect(ends[role].proposal).toEqual(proposal);
    }
  });

  it("H47 a proposal by a static key that is not the peer's is refused", () => {
    const stranger = nodeProvider.dh.generateKeyPair(seededRandom(50));
    const ends = newEnds(hybrid, {}, { identity: stranger });
    const proposal = ends.responder.propose(left);
    expect(refusal(() => ends.initiator.receiveProposal(proposal))).toBe("handshake-failed");
    const reverse = newEnds(hybrid, {}, { identity: stranger });
    expect(refusal(() => reverse.responder.receiveProposal(reverse.initiator.propose(left)))).toBe(
      "handshake-failed",
    );
  });

  it("the same proposal gets the same answer byte for byte; another one is refused", () => {
    const ends = newEnds(hybrid);
    const proposal = ends.initiator.propose(left);
    expect(ends.initiator.propose(left - 1)).toEqual(proposal);
    ends.responder.receiveProposal(proposal);
    expect(ends.responder.receiveProposal(proposal)).toEqual({ kind: "ignored" });
    const { answer } = ends.responder.accept(left)!;
    expect(ends.responder.accept(left)).toBeUndefined();
    for (let repeat = 0; repeat < 3; repeat++)
      expect(ends.responder.receiveProposal(Uint8Array.from(proposal))).toEqual({ kind: "answer", answer });
    const another = newEnds(hybrid).initiator.propose(left - 2);
    expect(refusal(() => ends.responder.receiveProposal(another))).toBe("frame-unexpected");
    expect(ends.initiator.receiveAnswer(answer!)).toBe(true);
    expect(ends.initiator.receiveAnswer(answer!)).toBe(false);
  });

  it("both propose: the initiator of the lineage keeps its proposal, the other end answers it", () => {
    const ends = newEnds(hybrid);
    const lost = ends.responder.propose(left);
    const kept = ends.initiator.propose(left);
    expect(ends.initiator.receiveProposal(lost)).toEqual({ kind: "ignored" });
    complete(ends, "initiator", kept);
    // The answer to what was given up comes to nothing.
    expect(ends.responder.receiveAnswer(new Uint8Array(200))).toBe(false);
  });

  it("the stricter limits of both ends hold in the new session", () => {
    const limits = checkedLimits({ sentMessages: { warn: 5, max: 9 }, age: { warn: 100, max: 300 } });
    const ends = newEnds(hybrid, {}, { limits });
    ends.responder.receiveProposal(ends.initiator.propose(left));
    const { answer, renewed } = ends.responder.accept(left)!;
    ends.initiator.receiveAnswer(answer!);
    const other = ends.initiator.accept(left)!.renewed;
    expect(renewed.limits.sentMessages).toEqual({ warn: 5, max: 9 });
    expect(other.limits.receivedMessages).toEqual({ warn: 5, max: 9 });
    expect([renewed.limits.age, other.limits.age]).toEqual([limits.age, limits.age]);
  });

  it("X40 whatever comes as a proposal or an answer: a typed error of the peer's doing, and the real one still works", () => {
    const input = fc.record({
      answer: fc.boolean(),
      random: fc.option(fc.uint8Array({ maxLength: 300 })),
      offset: fc.nat(1_500),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      length: fc.option(fc.nat(1_500)),
    });
    fc.assert(
      fc.property(input, ({ answer, random, offset, bytes, length }) => {
        const ends = newEnds(hybrid);
        const proposal = ends.initiator.propose(left);
        let body = proposal;
        if (answer) {
          ends.responder.receiveProposal(proposal);
          body = ends.responder.accept(left)!.answer!;
        }
        const mutated = Uint8Array.from(body);
        mutated.set(bytes.subarray(0, Math.max(0, body.length - offset)), Math.min(offset, body.length));
        const cut = random ?? (length === null ? mutated : mutated.subarray(0, length));
        if (cut.length === body.length && cut.every((byte, i) => byte === body[i])) return;
        const receiver = answer ? ends.initiator : ends.responder;
        const receive = (given: Uint8Array): unknown =>
          answer ? receiver.receiveAnswer(given) : receiver.receiveProposal(given);
        try {
          receive(cut);
          expect.unreachable();
        } catch (error) {
          expect(SessionError.is(error) && error.category).toBe("peer-misbehaved");
        }
        expect(receiver.awaitsDecision).toBe(false);
        receive(body);
        expect(receiver.awaitsDecision).toBe(true);
      }),
      { seed, numRuns: 120 },
    );
  });
});

describe("a proposal whose KEM key is none", () => {
  it("is forgotten when it can't be answered: the next one can be", () => {
    const kem = {
      ...nodeProvider.kem,
      generateKeyPair: () => ({
        publicKey: new Uint8Array(nodeProvider.kem.publicKeyLength).fill(0xff),
        dispose: () => undefined,
      }),
    };
    const { initiator, responder } = newEnds(true, {}, { provider: { ...nodeProvider, kem } });
    expect(initiator.receiveProposal(responder.propose(left))).toEqual({ kind: "ask" });
    expect(refusal(() => initiator.accept(left))).toBe("handshake-failed");
    expect([initiator.awaitsDecision, initiator.idle]).toEqual([false, true]);
    const honest = newEnds(true);
    complete({ initiator, responder: honest.responder }, "responder", honest.responder.propose(left));
  });
});
