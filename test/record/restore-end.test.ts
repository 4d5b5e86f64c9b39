import { describe, expect, it } from "vitest";
import { concat, Secret, toHex, utf8 } from "../../src/bytes/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { frameFlag, sealedFrameType } from "../../src/record/index.js";
import { RestoreSealer } from "../../src/record/restore-sealer.js";
import { restoreSecrets } from "../../src/session/key-schedule.js";
import { grace, open, restoreEnd, seal, type EndOptions } from "./restore-support.js";
import { at, chainSecret, codeOf, sessionId } from "./support.js";

const initiator = (options: Partial<EndOptions> = {}) =>
  restoreEnd({ role: "initiator", fence: 2n, restored: true, ...options });
const responder = (options: Partial<EndOptions> = {}) =>
  restoreEnd({ role: "responder", fence: 1n, restored: false, ...options });

describe.each(["in-order", "out-of-order"] as const)("RestoreEnd, %s", ordering => {
  it("goes on with a peer that lived on: it delivers at once, and answers", () => {
    const [a, b] = [initiator({ ordering }), responder({ ordering })];
    expect([a.seals, b.seals]).toEqual([true, false]);
    expect(codeOf(() => seal(b, "too early"))).toBe("session-not-active");
    const { opened, accepted } = b.open(seal(a, "one"), at(0));
    expect(new TextDecoder().decode(opened!.plaintext)).toBe("one");
    expect(accepted).toMatchObject({ fence: 2n });
    expect(open(b, seal(a, "two"))).toBe("two");
    expect(b.seals).toBe(true);
    expect(open(a, seal(b, "three"))).toBe("three");
    expect(open(b, seal(a, "four"))).toBe("four");
    a.rotate();
    b.rotate();
    expect(open(b, seal(a, "five"))).toBe("five");
    expect(open(a, seal(b, "six"))).toBe("six");
    expect([a.peer, b.peer].map(peer => peer!.fence)).toEqual([1n, 2n]);
  });

  it("both ends restored: nothing is delivered before the other's R is answered, then everything", () => {
    const [a, b] = [initiator({ ordering }), responder({ ordering, restored: true })];
    const [fromA, fromB] = [seal(a, "lost"), seal(b, "lost too")];
    expect(open(b, fromA)).toBeUndefined();
    expect(open(a, fromB)).toBeUndefined();
    expect(open(b, seal(a, "one"))).toBe("one");
    expect(open(a, seal(b, "two"))).toBe("two");
    expect(codeOf(() => open(b, fromA))).toBe("epoch-unknown");
    expect(codeOf(() => open(a, fromB))).toBe("epoch-unknown");
  });

  it("S10 the first R of a fence wins; a clone's is refused", () => {
    const b = responder({ ordering });
    const [a1, a2] = [initiator({ ordering }), initiator({ ordering })];
    expect(open(b, seal(a1, "first"))).toBe("first");
    expect(codeOf(() => open(b, seal(a2, "clone")))).toBe("epoch-unknown");
    const answer = seal(b, "to the first");
    expect(codeOf(() => open(a2, answer))).toBe("epoch-unknown");
    expect(open(a1, answer)).toBe("to the first");
  });

  it("a lower fence is refused, a higher one takes over", () => {
    const b = responder({ ordering });
    const [a3, a2] = [initiator({ ordering, fence: 3n }), initiator({ ordering, fence: 2n })];
    expect(open(b, seal(a3, "three"))).toBe("three");
    expect(codeOf(() => open(b, seal(a2, "two")))).toBe("epoch-unknown");
    const a4 = initiator({ ordering, fence: 4n });
    expect(open(b, seal(a4, "four"))).toBe("four");
    expect(open(a4, seal(b, "answer"))).toBe("answer");
  });

  it("what was stored of the peer keeps out its older restores", () => {
    const [b1, b2] = [
      responder({ ordering, restored: true, fence: 5n }),
      responder({ ordering, restored: true, fence: 6n }),
    ];
    const a1 = initiator({ ordering });
    open(a1, seal(b2, "newer"));
    const a2 = initiator({ ordering, fence: 3n, peer: a1.peer! });
    expect(codeOf(() => open(a2, seal(b1, "older")))).toBe("epoch-unknown");
    expect(codeOf(() => open(a2, seal(b2, "already known, and nothing to deliver")))).toBe("epoch-unknown");
    open(b2, seal(a2, "asks"));
    expect(open(a2, seal(b2, "answers"))).toBe("answers");
    expect(open(b2, seal(a2, "answered"))).toBe("answered");
  });

  it("R16 S1 a restored end delivers nothing that was sealed for an earlier life of it", () => {
    const b = responder({ ordering });
    const a1 = initiator({ ordering });
    open(b, seal(a1, "hello"));
    const frames = ["one", "two"].map(text => seal(b, text));
    for (const frame of frames) open(a1, frame);
    const a2 = initiator({ ordering, fence: 3n, ...(a1.peer && { peer: a1.peer }) });
    for (const frame of frames) expect(codeOf(() => open(a2, frame))).toBe("epoch-unknown");
    open(b, seal(a2, "hello again"));
    for (const frame of frames) expect(codeOf(() => open(a2, frame))).toBe("epoch-unknown");
    expect(open(a2, seal(b, "three"))).toBe("three");
  });

  it("R16 opens each frame once", () => {
    const [a, b] = [initiator({ ordering }), responder({ ordering })];
    const frame = seal(a, "once");
    open(b, frame);
    expect(codeOf(() => open(b, frame))).toBe("record-replayed");
    const answer = seal(b, "answer");
    open(a, answer);
    expect(codeOf(() => open(a, answer))).toBe("record-replayed");
  });

  it("R14 R15 an R is remembered only after its tag held", () => {
    const b = responder({ ordering });
    const a = initiator({ ordering });
    const frame = seal(a, "one");
    for (const at of [frame.length - 1, 2 + 7, 2 + 8, 74 + 12]) {
      const changed = Uint8Array.from(frame);
      changed[at]! ^= 1;
      expect(
        codeOf(() => open(b, changed)),
        String(at),
      ).toBe("record-forged");
    }
    expect([b.peer, b.seals, b.ordinaryUntil]).toEqual([undefined, false, Infinity]);
    expect(open(b, frame)).toBe("one");
  });

  it("R17 R21 a frame of the other direction, session, generation, type or flags does not open", () => {
    const b = responder({ ordering });
    const a = initiator({ ordering });
    open(b, seal(a, "hello"));
    expect(codeOf(() => open(b, seal(b, "reflected")))).toBe("epoch-unknown");
    const to = (options: Partial<EndOptions>): ReturnType<typeof codeOf> =>
      codeOf(() => open(responder({ ordering, ...options }), seal(initiator({ ordering }), "x")));
    expect(to({ generation: 4 })).toBe("epoch-unknown");
    expect(to({ root: 8 })).toBe("record-forged");
    expect(to({ role: "initiator" })).toBe("record-forged");
    const typed = seal(a, "x");
    typed[0] = sealedFrameType.control;
    expect(codeOf(() => open(b, typed))).toBe("record-forged");
    const flagged = seal(a, "x");
    flagged[1]! ^= frameFlag.renewals;
    expect(codeOf(() => open(b, flagged))).toBe("frame-unexpected");
    flagged[1] = 0;
    expect(codeOf(() => open(b, flagged))).toBe("frame-unexpected");
  });

  it("X38 refuses what it can without deriving anything, and derives one chain at a time", () => {
    let derived = 0;
    const hkdf: typeof nodeProvider.hkdf = (...args) => {
      derived++;
      return nodeProvider.hkdf(...args);
    };
    const b = responder({ ordering, provider: { ...nodeProvider, hkdf } });
    const refused = [
      seal(initiator({ ordering, fence: 2n }), "lower"),
      seal(initiator({ ordering, fence: 3n }), "clone"),
      seal(initiator({ ordering, fence: 4n, generation: 4 }), "another generation"),
    ];
    open(b, seal(initiator({ ordering, fence: 3n }), "x"));
    derived = 0;
    for (const frame of refused) expect(codeOf(() => open(b, frame))).toBe("epoch-unknown");
    expect(derived).toBe(0);
    const forged = seal(initiator({ ordering, fence: 4n }), "x");
    forged[102]! ^= 1;
    for (let i = 0; i < 9; i++) expect(codeOf(() => open(b, forged))).toBe("record-forged");
    expect(derived).toBe(2);
  });

  it("X40 what is cut short or in clear is malformed", () => {
    const b = responder({ ordering });
    const frame = seal(initiator({ ordering }), "x");
    expect(codeOf(() => open(b, frame.subarray(0, 1)))).toBe("frame-unexpected");
    expect(codeOf(() => open(b, frame.subarray(0, 73)))).toBe("frame-malformed");
    expect(codeOf(() => open(b, frame.subarray(0, 74 + 28)))).toBe("record-too-short");
    expect(codeOf(() => open(b, Uint8Array.of(0x01, frame[1]!, ...frame.subarray(2))))).toBe(
      "frame-malformed",
    );
    const none = Uint8Array.from(frame);
    none.fill(0, 2, 10);
    expect(codeOf(() => open(b, none))).toBe("epoch-unknown");
  });

  it("closes what is outside of restore epochs when an R was accepted", () => {
    const b = responder({ ordering });
    open(b, seal(initiator({ ordering }), "x"), 10);
    expect(b.ordinaryUntil).toBe(ordering === "in-order" ? 10 : 10 + grace);
    expect(initiator({ ordering }).ordinaryUntil).toBe(-Infinity);
  });

  it("erases everything when it ends", () => {
    const [a, b] = [initiator({ ordering }), responder({ ordering })];
    const frame = seal(a, "x");
    a.dispose();
    b.dispose();
    expect(codeOf(() => seal(a, "x"))).toBe("secret-disposed");
    expect(codeOf(() => open(b, frame))).toBe("secret-disposed");
  });
});

describe("a peer that does not draw", () => {
  /** A peer whose R is what it is told to be. */
  const withRandom = (fence: bigint, fill: number): RestoreSealer => {
    const root = new Uint8Array(32).fill(9);
    const restoreSecret = restoreSecrets(nodeProvider, Secret.take(root), sessionId, 3).initiator;
    const random = (length: number): Uint8Array => new Uint8Array(length).fill(fill);
    const scope = { sessionId, direction: "initiator", generation: 3 } as const;
    return new RestoreSealer({
      ...scope,
      provider: nodeProvider,
      random,
      restoreSecret,
      fence,
      ordering: "out-of-order",
    });
  };
  const frame = (fence: bigint, fill: number): Uint8Array => withRandom(fence, fill).seal(0x10, utf8("x"));

  it("takes no R again under another fence", () => {
    const b = responder();
    expect([open(b, frame(2n, 1)), open(b, frame(3n, 2))]).toEqual(["x", "x"]);
    for (const fill of [1, 2]) expect(codeOf(() => open(b, frame(4n, fill)))).toBe("epoch-unknown");
    expect(open(b, frame(4n, 3))).toBe("x");
  });

  it("X38 makes an end accept 64 in a generation, no more", () => {
    const b = responder();
    for (let i = 1; i <= 64; i++) expect(open(b, frame(BigInt(i), i))).toBe("x");
    expect(codeOf(() => open(b, frame(65n, 65)))).toBe("epoch-unknown");
  });
});

describe("RestoreEnd on datagrams", () => {
  it("opens what was under way for the grace time, each frame once, and never again", () => {
    const [a, b] = [initiator(), responder()];
    const [first, late, later] = ["first", "late", "later"].map(text => seal(a, text)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    open(b, first, 0);
    open(a, seal(b, "answer"));
    expect(open(b, seal(a, "answered"), 100)).toBe("answered");
    expect(open(b, late, 100 + grace - 1)).toBe("late");
    expect(codeOf(() => open(b, first, 100 + grace - 1))).toBe("record-replayed");
    for (const frame of [first, late, later])
      expect(codeOf(() => open(b, frame, 100 + grace))).toBe("epoch-unknown");
    const next = initiator({ fence: 3n });
    open(b, seal(next, "next"), 5_000);
    expect(open(b, seal(a, "old, on its way"), 5_001)).toBe("old, on its way");
    expect(codeOf(() => open(b, seal(a, "old, too late"), 5_000 + grace))).toBe("epoch-unknown");
  });

  it("a sealer draws an R of its own, and never takes up an R' again that it has left", () => {
    const [one, other] = [1, 2].map(fill => new Uint8Array(32).fill(fill)) as [Uint8Array, Uint8Array];
    const sealer = (): RestoreSealer =>
      new RestoreSealer({
        provider: nodeProvider,
        random: nodeProvider.random,
        restoreSecret: chainSecret(),
        sessionId,
        direction: "initiator",
        generation: 0,
        fence: 1n,
        ordering: "in-order",
      });
    const first = sealer();
    expect(toHex(first.random)).not.toBe(toHex(sealer().random));
    first.answer(one);
    first.answer(one);
    first.answer(other);
    for (const left of [one, new Uint8Array(32)])
      expect(codeOf(() => first.answer(left))).toBe("invalid-argument");
  });
});

describe("what a frame of a restore epoch is made of", () => {
  it("is as section 20 says", () => {
    const { hash, hkdf, aead } = nodeProvider;
    const root = new Uint8Array(32).fill(9);
    const generation = Uint8Array.of(0, 3);
    const [none, zeros] = [new Uint8Array(0), new Uint8Array(32)];
    const secret = hkdf(
      hash,
      root,
      none,
      concat(utf8("bowline/restore/initiator/v1"), sessionId, generation),
      32,
    );
    const fence = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 2);
    const frame = seal(initiator({ ordering: "in-order" }), "text");
    const random = frame.slice(10, 42);
    const front = concat(Uint8Array.of(0x10, 0x09), fence, random, hash.hash(zeros));
    expect(frame.slice(0, 74)).toEqual(front);
    const info = concat(
      utf8("bowline/restore-chain/v1"),
      sessionId,
      Uint8Array.of(0),
      generation,
      fence,
      zeros,
    );
    const chain = hkdf(hash, secret, random, info, 32);
    const key = aead.key(hkdf(hash, chain, none, utf8("bowline/frame-key/v1"), 32));
    const [nonce, tag, ciphertext] = [frame.slice(74, 86), frame.slice(86, 102), frame.slice(102)];
    expect(nonce).toEqual(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0));
    const plaintext = new Uint8Array(4);
    const bound = concat(front.slice(0, 2), sessionId, front.slice(2), new Uint8Array(8));
    expect(key.open(nonce, concat(utf8("bowline/frame/v1"), bound), ciphertext, tag, plaintext)).toBe(true);
    expect(plaintext).toEqual(utf8("text"));
  });
});

describe("RestoreEnd in order", () => {
  it("learns the R of a peer from any frame, where it delivers none", () => {
    const [a, b] = [initiator({ ordering: "in-order" }), responder({ ordering: "in-order", restored: true })];
    for (const lost of ["one", "two"]) seal(a, lost);
    expect(codeOf(() => a.rotate())).toBe("session-not-active");
    expect(open(b, seal(a, "three"))).toBeUndefined();
    expect(open(a, seal(b, "four"))).toBe("four");
    expect(open(b, seal(a, "five"))).toBe("five");
  });

  it("R18 delivers nothing past a gap", () => {
    const [a, b] = [initiator({ ordering: "in-order" }), responder({ ordering: "in-order" })];
    open(b, seal(a, "one"));
    seal(a, "deleted");
    expect(codeOf(() => open(b, seal(a, "three")))).toBe("record-out-of-order");
  });
});
