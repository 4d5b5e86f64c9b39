import { describe, expect, it } from "vitest";
import {
  IK,
  K,
  KK,
  KN,
  N,
  NN,
  NX1,
  patternsByName,
  withFallback,
  withHfs,
  withPsk,
  X1X1,
  XX,
  type HandshakePattern,
} from "../../src/noise/index.js";
import { codeOf } from "./support.js";

const written = ({ name, modifiers = [], messages }: HandshakePattern): string =>
  `${name}${modifiers.join("+")}: ${messages.map(tokens => tokens.join(", ")).join(" / ")}`;

describe("psk modifiers", () => {
  it("put the token at the beginning of the first message, or at the end of the nth", () => {
    expect(written(withPsk(XX, 0))).toBe("XXpsk0: psk, e / e, ee, s, es / s, se");
    expect(written(withPsk(XX, 1))).toBe("XXpsk1: e, psk / e, ee, s, es / s, se");
    expect(written(withPsk(XX, 3))).toBe("XXpsk3: e / e, ee, s, es / s, se, psk");
    expect(written(withPsk(X1X1, 4))).toBe("X1X1psk4: e / e, ee, s / es, s / se, psk");
    expect(written(withPsk(K, 0, 1))).toBe("Kpsk0+psk1: psk, e, es, ss, psk");
  });

  it("come in alphabetical order, whatever the order they are given in", () => {
    expect(written(withPsk(NN, 2, 0, 1))).toBe("NNpsk0+psk1+psk2: psk, e, psk / e, ee, psk");
    expect(withPsk(withPsk(NN, 2), 0)).toEqual(withPsk(NN, 0, 2));
    expect(withHfs(withPsk(KK, 0))).toEqual(withPsk(withHfs(KK), 0));
    expect(written(withPsk(withHfs(KK), 0))).toBe("KKhfs+psk0: psk, e, es, e1, ss / e, ee, ekem1, se");
  });

  it("are refused where there is no such message, and twice", () => {
    for (const position of [3, -1, 0.5, Number.NaN, 1e21]) {
      expect(codeOf(() => withPsk(NN, position))).toBe("pattern-invalid");
    }
    expect(codeOf(() => withPsk(NN, 1, 1))).toBe("pattern-invalid");
  });

  it("can be put in every position of every pattern, all at once", () => {
    for (const pattern of Object.values(patternsByName)) {
      const positions = Array.from({ length: pattern.messages.length + 1 }, (_, i) => i);
      for (const position of positions) withPsk(pattern, position);
      withPsk(pattern, ...positions);
    }
  });
});

describe("the hfs modifier", () => {
  it.each([
    ["NN", "e, e1 / e, ee, ekem1"],
    ["NK", "e, es, e1 / e, ee, ekem1"],
    ["NX", "e, e1 / e, ee, ekem1, s, es"],
    ["XN", "e, e1 / e, ee, ekem1 / s, se"],
    ["XK", "e, es, e1 / e, ee, ekem1 / s, se"],
    ["XX", "e, e1 / e, ee, ekem1, s, es / s, se"],
    ["KN", "e, e1 / e, ee, ekem1, se"],
    ["KK", "e, es, e1, ss / e, ee, ekem1, se"],
    ["KX", "e, e1 / e, ee, ekem1, se, s, es"],
    ["IN", "e, e1, s / e, ee, ekem1, se"],
    ["IK", "e, es, e1, s, ss / e, ee, ekem1, se"],
    ["IX", "e, e1, s / e, ee, ekem1, se, s, es"],
    ["I1K1", "e, e1, s / e, ee, ekem1, es / se"],
  ])("of %s follows the rule: %s", (name, messages) => {
    expect(written(withHfs(patternsByName[name]!))).toBe(`${name}hfs: ${messages}`);
  });

  it("is refused with fallback, in either order; twice; and without ee", () => {
    expect(codeOf(() => withHfs(withFallback(XX)))).toBe("pattern-invalid");
    expect(codeOf(() => withFallback(withHfs(XX)))).toBe("pattern-invalid");
    const late: HandshakePattern = { name: "LATE", messages: [["s"], ["e"], ["e", "ee", "se"]] };
    withFallback(late);
    expect(codeOf(() => withFallback(withHfs(late)))).toBe("pattern-invalid");
    expect(codeOf(() => withHfs(withHfs(XX)))).toBe("pattern-invalid");
    expect(codeOf(() => withHfs(N))).toBe("pattern-invalid");
  });

  it("applies to every interactive pattern", () => {
    for (const pattern of Object.values(patternsByName)) if (pattern.name.length > 1) withHfs(pattern);
  });
});

describe("the fallback modifier", () => {
  it("makes the first message a pre-message of the responder, and mirrors the rest", () => {
    const fallback = withFallback(XX);
    expect(written(fallback)).toBe("XXfallback: e, ee, s, se / s, es");
    expect(fallback.initiatorPreMessage).toEqual([]);
    expect(fallback.responderPreMessage).toEqual(["e"]);
    expect(withFallback(KN).responderPreMessage).toEqual(["e", "s"]);
    expect(written(withFallback(NX1))).toBe("NX1fallback: e, ee, s / se");
  });

  it("takes psk modifiers before and after, which are then of different protocols", () => {
    expect(written(withPsk(withFallback(XX), 0))).toBe("XXfallback+psk0: psk, e, ee, s, se / s, es");
    expect(written(withFallback(withPsk(XX, 3)))).toBe("XXpsk3+fallback: e, ee, s, se / s, es, psk");
  });

  it("is refused where the first message can't be a pre-message, and twice", () => {
    expect(codeOf(() => withFallback(IK))).toBe("pattern-invalid");
    expect(codeOf(() => withFallback(withPsk(XX, 0)))).toBe("pattern-invalid");
    expect(codeOf(() => withFallback(withFallback(XX)))).toBe("pattern-invalid");
    expect(codeOf(() => withFallback({ name: "EMPTY", messages: [[], ["e"]] }))).toBe("pattern-invalid");
  });
});
