import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, Secret } from "../../src/bytes/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { SessionError } from "../../src/errors/index.js";
import { GenerationExchange, maxGeneration } from "../../src/session/generation-exchange.js";
import { toyProvider, toyRandom } from "../../explorer/toy-provider.js";
import { seededRandom } from "./machine-pair.js";

const seed = 20261124;
const sessionId = new Uint8Array(32).fill(9);
const keyOffset = 2;
const kemOffset = keyOffset + 32;

interface Ends {
  readonly winner: GenerationExchange;
  readonly loser: GenerationExchange;
}

function newEnds(hybrid: boolean): Ends {
  const make = (winsTies: boolean): GenerationExchange =>
    new GenerationExchange(
      { provider: nodeProvider, random: seededRandom(winsTies ? 1 : 2), hybrid, sessionId, winsTies },
      Secret.take(new Uint8Array(32).fill(5)),
    );
  return { winner: make(true), loser: make(false) };
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

/** Does what the session does with an agreement: the next root hangs on this one. Returns the root. */
function settle(exchange: GenerationExchange, root: Secret): Uint8Array {
  const bytes = Uint8Array.from(root.expose());
  exchange.settle(Secret.copy(nodeProvider.hash.hash(bytes)));
  root.dispose();
  return bytes;
}

/** One generation, proposed by `from`: the root of both ends. */
function advance(from: GenerationExchange, to: GenerationExchange): readonly [Uint8Array, Uint8Array] {
  const reply = to.receiveProposal(from.propose())!;
  const agreed = from.receiveAnswer(reply.answer)!;
  expect(agreed.generation).toBe(reply.agreed!.generation);
  return [settle(from, agreed.root), settle(to, reply.agreed!.root)];
}

const bytesAt = (body: Uint8Array, offset: number, value: Uint8Array): Uint8Array => {
  const changed = Uint8Array.from(body);
  changed.set(value, offset);
  return changed;
};

const badKeys = [
  ["zero", "public-key-low-order", "00".repeat(32)],
  ["one", "public-key-low-order", "01" + "00".repeat(31)],
  ["order 8", "public-key-low-order", "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"],
  [
    "order 8, the other",
    "public-key-low-order",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  ],
  ["p - 1", "public-key-low-order", "ec" + "ff".repeat(30) + "7f"],
  ["p", "public-key-not-canonical", "ed" + "ff".repeat(30) + "7f"],
  ["2^255 - 1", "public-key-not-canonical", "ff".repeat(31) + "7f"],
  ["the high bit", "public-key-not-canonical", "09" + "00".repeat(30) + "80"],
] as const;

describe.each([
  { suite: "hybrid", hybrid: true },
  { suite: "classic", hybrid: false },
])("a generation of a $suite session", ({ hybrid }) => {
  it("both ends derive one root, another one each time", () => {
    const { winner, loser } = newEnds(hybrid);
    const roots = new Set<string>();
    for (let generation = 1; generation <= 6; generation++) {
      const [one, other] = generation % 2 === 0 ? advance(winner, loser) : advance(loser, winner);
      expect(one).toEqual(other);
      roots.add(String(one));
      expect([winner.generation, loser.generation]).toEqual([generation, generation]);
    }
    expect(roots.size).toBe(6);
  });

  it("H24 H25 a proposal with a bad key is refused and nothing has changed", () => {
    for (const [, code, hex] of badKeys) {
      const { winner, loser } = newEnds(hybrid);
      const proposal = winner.propose();
      expect(refusal(() => loser.receiveProposal(bytesAt(proposal, keyOffset, fromHex(hex)!)))).toBe(code);
      expect(loser.generation).toBe(0);
      const reply = loser.receiveProposal(proposal)!;
      expect(settle(winner, winner.receiveAnswer(reply.answer)!.root)).toEqual(
        settle(loser, reply.agreed!.root),
      );
    }
  });

  it("H24 H25 an answer with a bad key is refused, and the right one still counts", () => {
    for (const [, code, hex] of badKeys) {
      const { winner, loser } = newEnds(hybrid);
      const reply = loser.receiveProposal(winner.propose())!;
      expect(refusal(() => winner.receiveAnswer(bytesAt(reply.answer, keyOffset, fromHex(hex)!)))).toBe(code);
      expect(winner.generation).toBe(0);
      expect(winner.proposal).toBeDefined();
      expect(settle(winner, winner.receiveAnswer(reply.answer)!.root)).toEqual(
        settle(loser, reply.agreed!.root),
      );
    }
  });

  it("H24 a bad key does not make an end give up its own proposal", () => {
    const { winner, loser } = newEnds(hybrid);
    const own = loser.propose();
    const proposal = winner.propose();
    const bad = bytesAt(proposal, keyOffset, new Uint8Array(32));
    expect(refusal(() => loser.receiveProposal(bad))).toBe("public-key-low-order");
    expect(loser.proposal).toEqual(own);
  });

  it("the same proposal gets the same answer byte for byte, and agrees once", () => {
    const { winner, loser } = newEnds(hybrid);
    const proposal = winner.propose();
    expect(winner.propose()).toEqual(proposal);
    const first = loser.receiveProposal(proposal)!;
    settle(loser, first.agreed!.root);
    for (let repeat = 0; repeat < 3; repeat++)
      expect(loser.receiveProposal(Uint8Array.from(proposal))).toEqual({ answer: first.answer });
    settle(winner, winner.receiveAnswer(first.answer)!.root);
    expect(winner.receiveAnswer(first.answer)).toBeUndefined();
    // Another one for a generation that is agreed.
    const other = bytesAt(proposal, keyOffset, nodeProvider.dh.generateKeyPair(seededRandom(77)).publicKey);
    expect(refusal(() => loser.receiveProposal(other))).toBe("frame-unexpected");
  });

  it("a proposal of a generation gone by is dropped, one that skips a generation is refused", () => {
    const { winner, loser } = newEnds(hybrid);
    const old = Uint8Array.from(winner.propose());
    advance(winner, loser);
    advance(winner, loser);
    advance(winner, loser);
    expect(loser.receiveProposal(old)).toBeUndefined();
    const skipping = bytesAt(winner.propose(), 0, Uint8Array.of(0, 5));
    expect(refusal(() => loser.receiveProposal(skipping))).toBe("frame-unexpected");
    expect(loser.generation).toBe(3);
  });

  it("both propose: the initiator of the lineage keeps its proposal, the other end answers it", () => {
    const { winner, loser } = newEnds(hybrid);
    const lost = loser.propose();
    const kept = winner.propose();
    expect(winner.receiveProposal(lost)).toBeUndefined();
    const reply = loser.receiveProposal(kept)!;
    expect(loser.proposal).toBeUndefined();
    expect(settle(winner, winner.receiveAnswer(reply.answer)!.root)).toEqual(
      settle(loser, reply.agreed!.root),
    );
  });

  it("X40 any other length is malformed, whichever of the two messages it is", () => {
    const { winner, loser } = newEnds(hybrid);
    const proposal = winner.propose();
    const { answer } = newEnds(hybrid).loser.receiveProposal(proposal)!;
    const lengths = (body: Uint8Array): number[] =>
      [0, 1, 2, 33, 34, 35, body.length - 1].filter(length => length < body.length);
    for (const length of lengths(proposal))
      expect(refusal(() => loser.receiveProposal(proposal.subarray(0, length)))).toBe("frame-malformed");
    for (const length of lengths(answer))
      expect(refusal(() => winner.receiveAnswer(answer.subarray(0, length)))).toBe("frame-malformed");
    expect(refusal(() => loser.receiveProposal(Uint8Array.from([...proposal, 0])))).toBe("frame-malformed");
    expect(refusal(() => winner.receiveAnswer(Uint8Array.from([...answer, 0])))).toBe("frame-malformed");
  });

  it("X40 whatever is in the two messages: a typed error of the peer's doing, or an agreement; the real one still works", () => {
    const mutation = fc.record({
      answer: fc.boolean(),
      offset: fc.nat(1_300),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      length: fc.option(fc.nat(1_300)),
    });
    fc.assert(
      fc.property(mutation, ({ answer, offset, bytes, length }) => {
        const { winner, loser } = newEnds(hybrid);
        const proposal = winner.propose();
        const reply = answer ? loser.receiveProposal(proposal)! : undefined;
        const body = reply?.answer ?? proposal;
        const mutated = Uint8Array.from(body);
        mutated.set(bytes.subarray(0, Math.max(0, body.length - offset)), Math.min(offset, body.length));
        const cut = length === null ? mutated : mutated.subarray(0, length);
        try {
          const result = answer ? winner.receiveAnswer(cut) : loser.receiveProposal(cut);
          if (result === undefined) expect(cut[0] === 0 && cut[1] === 1).toBe(false);
        } catch (error) {
          expect(SessionError.is(error) && error.category).toBe("peer-misbehaved");
          expect((answer ? winner : loser).generation).toBe(0);
          if (!answer) expect(loser.receiveProposal(proposal)?.agreed).toBeDefined();
          else expect(winner.receiveAnswer(body)?.generation).toBe(1);
        }
      }),
      { seed, numRuns: 150 },
    );
  });
});

describe("a hybrid proposal", () => {
  it("H30 with a KEM key whose coefficient is not below the modulus is refused, and nothing has changed", () => {
    const { winner, loser } = newEnds(true);
    const proposal = winner.propose();
    // The first coefficient, 12 bits little-endian: 3329, the modulus itself, and the greatest that fits.
    for (const first of [Uint8Array.of(0x01, 0x0d), Uint8Array.of(0xff, 0x0f)]) {
      const bad = bytesAt(proposal, kemOffset, first);
      expect(refusal(() => loser.receiveProposal(bad))).toBe("kem-public-key-invalid");
      expect(loser.generation).toBe(0);
    }
    expect(loser.receiveProposal(proposal)?.agreed?.generation).toBe(1);
  });

  it("H30 a ciphertext that was made for another key leads to another root, never to an agreement", () => {
    const { winner, loser } = newEnds(true);
    const reply = loser.receiveProposal(winner.propose())!;
    const other = nodeProvider.kem.generateKeyPair(seededRandom(4)).publicKey;
    const { ciphertext } = nodeProvider.kem.encapsulate(other, seededRandom(3));
    const agreed = winner.receiveAnswer(bytesAt(reply.answer, kemOffset, ciphertext))!;
    expect(settle(winner, agreed.root)).not.toEqual(settle(loser, reply.agreed!.root));
  });
});

describe("the numbers of generations", () => {
  it("R13 end with 65535: then a proposal is refused, and nothing wraps to 0", () => {
    const provider = toyProvider();
    const make = (winsTies: boolean): GenerationExchange =>
      new GenerationExchange(
        { provider, random: toyRandom(winsTies ? 1 : 2), hybrid: false, sessionId, winsTies },
        Secret.take(new Uint8Array(32)),
      );
    const [winner, loser] = [make(true), make(false)];
    for (let generation = 1; generation <= maxGeneration; generation++) {
      const reply = loser.receiveProposal(winner.propose())!;
      const agreed = winner.receiveAnswer(reply.answer)!;
      loser.settle(reply.agreed!.root);
      winner.settle(agreed.root);
      if (agreed.generation !== generation) expect(agreed.generation).toBe(generation);
    }
    expect([winner.generation, loser.generation]).toEqual([0xffff, 0xffff]);
    expect(refusal(() => winner.propose())).toBe("rotation-exhausted");
    expect(loser.receiveProposal(new Uint8Array(34))).toBeUndefined();
    expect(loser.generation).toBe(0xffff);
  });
});
