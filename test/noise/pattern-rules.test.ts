import { describe, expect, it } from "vitest";
import {
  checkPattern,
  HandshakeState,
  noiseProtocol,
  XX,
  type HandshakePattern,
  type NoiseProtocol,
} from "../../src/noise/index.js";
import { codeOf, errorOf, partyOptions, protocolOf, provider } from "./support.js";

const custom = (
  messages: HandshakePattern["messages"],
  rest: Partial<HandshakePattern> = {},
): HandshakePattern => ({
  name: "MINE",
  messages,
  ...rest,
});
const psk = { modifiers: ["psk0"] };
const hfs = { modifiers: ["hfs"] };

/** What is broken, a word of the message that must name it, and the pattern. */
const broken: readonly (readonly [string, string, HandshakePattern])[] = [
  ["7.3 rule 1: ee before the responder's e", "rule 1", custom([["e", "ee"]])],
  ["7.3 rule 1: es without the responder's s", "rule 1", custom([["e", "es"]])],
  ["7.3 rule 1: se without the initiator's s", "rule 1", custom([["e"], ["e", "ee", "se"]])],
  [
    "7.3 rule 1: ss with one static key",
    "rule 1",
    custom([["e", "es", "ss"]], { responderPreMessage: ["s"] }),
  ],
  ["7.3 rule 2: e twice in messages", "rule 2", custom([["e"], ["e", "ee"], ["e"]])],
  ["7.3 rule 2: s twice in messages", "rule 2", custom([["e", "s"], ["e", "ee", "se"], ["s"]])],
  [
    "7.3 rule 2: s in pre-message and message",
    "rule 2",
    custom([["e", "s"]], { initiatorPreMessage: ["s"] }),
  ],
  [
    "7.3 rule 2: e in pre-message and message",
    "rule 2",
    custom([["e"], ["e", "ee"]], { responderPreMessage: ["e"] }),
  ],
  ["7.3 rule 3: ee twice", "rule 3", custom([["e"], ["e", "ee", "ee"]])],
  [
    "7.3 rule 3: es twice",
    "rule 3",
    custom(
      [
        ["e", "es"],
        ["e", "ee", "es"],
      ],
      { responderPreMessage: ["s"] },
    ),
  ],
  [
    "7.3 rule 3: se twice",
    "rule 3",
    custom([["e"], ["e", "ee", "se", "se"]], { initiatorPreMessage: ["s"] }),
  ],
  [
    "7.3 rule 3: ss twice",
    "rule 3",
    custom(
      [
        ["e", "es", "ss"],
        ["e", "ee", "se", "ss"],
      ],
      { initiatorPreMessage: ["s"], responderPreMessage: ["s"] },
    ),
  ],
  [
    "7.3 rule 4: the initiator sends after se without ee",
    "se without ee",
    custom([["e"], ["e"], ["s", "se"]]),
  ],
  [
    "7.3 rule 4: the initiator sends after ss without es",
    "ss without es",
    custom(
      [
        ["e", "ss"],
        ["e", "ee", "se"],
      ],
      { initiatorPreMessage: ["s"], responderPreMessage: ["s"] },
    ),
  ],
  ["7.3 rule 4: the responder sends after es without ee", "es without ee", custom([["e"], ["e", "s", "es"]])],
  [
    "7.3 rule 4: the responder sends transport after es without ee",
    "es without ee",
    custom([["e"], ["e", "s"], ["es"]]),
  ],
  [
    "7.3 rule 4: the responder sends after ss without se",
    "ss without se",
    custom(
      [
        ["e", "es", "ss"],
        ["e", "ee"],
      ],
      { initiatorPreMessage: ["s"], responderPreMessage: ["s"] },
    ),
  ],
  ["9.3: the initiator sends after psk without e", "9.3", custom([["psk"], ["e"]], psk)],
  [
    "9.3: the initiator encrypts s after psk before its e",
    "9.3",
    custom(
      [
        ["psk", "s", "e"],
        ["e", "ee", "se"],
      ],
      psk,
    ),
  ],
  ["9.3: the responder sends after psk without e", "9.3", custom([["psk", "e"], ["s"]], psk)],
  ["9.3: the responder sends transport after psk without e", "9.3", custom([["e"], ["s"], ["psk"]], psk)],
  ["7.1: a pre-message of s, e", "pre-message", custom([["e"]], { responderPreMessage: ["s", "e"] })],
  ["7.1: a pre-message with a psk", "pre-message", custom([["e"]], { responderPreMessage: ["psk" as "s"] })],
  ["7.1: a token of no specification", "none of Noise", custom([["e", "eee" as "ee"]])],
  ["no messages at all", "no messages", custom([])],
  ["8.1: a name in lower case", "upper-case", { ...XX, name: "xx" }],
  ["8.1: a name that is empty", "upper-case", { ...XX, name: "" }],
  ["8.1: a modifier that begins with a digit", "modifier", { ...XX, modifiers: ["1a"] }],
  ["8.1: a modifier in upper case", "modifier", { ...XX, modifiers: ["Abc"] }],
  [
    "a psk token without the modifier",
    "psk modifier",
    custom([
      ["psk", "e"],
      ["e", "ee"],
    ]),
  ],
  ["a psk modifier without the token", "psk modifier", { ...XX, ...psk }],
  [
    "an e1 token without the modifier",
    "modifier hfs",
    custom([
      ["e", "e1"],
      ["e", "ee", "ekem1"],
    ]),
  ],
  ["an hfs modifier without the token", "modifier hfs", { ...XX, ...hfs }],
  [
    "e1 without ekem1",
    "without ekem1",
    custom(
      [
        ["e", "e1"],
        ["e", "ee"],
      ],
      hfs,
    ),
  ],
  [
    "ekem1 of the party that sent e1",
    "other party's e1",
    custom(
      [
        ["e", "e1", "ekem1"],
        ["e", "ee"],
      ],
      hfs,
    ),
  ],
  [
    "e1 twice",
    "e1 twice",
    custom(
      [
        ["e", "e1", "e1"],
        ["e", "ee", "ekem1"],
      ],
      hfs,
    ),
  ],
  [
    "ekem1 twice",
    "ekem1 twice",
    custom(
      [
        ["e", "e1"],
        ["e", "ee", "ekem1", "ekem1"],
      ],
      hfs,
    ),
  ],
  [
    "a KEM ciphertext encrypted after es without a DH of the sender's ephemeral key",
    "KEM field",
    custom(
      [
        ["e", "es", "e1"],
        ["e", "ekem1", "ee"],
      ],
      { ...hfs, responderPreMessage: ["s"] },
    ),
  ],
];

describe("pattern rules", () => {
  it.each(broken)("refuse %s", (_, word, pattern) => {
    const error = errorOf(() => checkPattern(pattern));
    expect(error.code).toBe("pattern-invalid");
    expect(error.message).toContain(word);
    expect(codeOf(() => noiseProtocol({ ...provider, pattern, kem: provider.kem }))).toBe("pattern-invalid");
  });

  it("take a custom pattern that keeps them, which then works", () => {
    const pattern = checkPattern(custom([["e"], ["e", "ee", "s"], ["s"], ["se", "es"]]));
    expect(pattern.messages).toHaveLength(4);
  });

  it("can't be got round: HandshakeState takes only a protocol that has been checked", () => {
    const protocol = protocolOf("Noise_NN_25519_ChaChaPoly_SHA256");
    const { initiator } = partyOptions(protocol, "seed");
    const forged = { ...protocol, pattern: custom([["psk"]], psk) } as unknown as NoiseProtocol;
    expect(codeOf(() => new HandshakeState({ ...initiator, protocol: forged }))).toBe("invalid-argument");
    const inherited = Object.create(protocol) as NoiseProtocol;
    expect(codeOf(() => new HandshakeState({ ...initiator, protocol: inherited }))).toBe("invalid-argument");
    expect(() => Object.assign(protocol, { pattern: XX })).toThrow(TypeError);
  });

  it("are kept by a protocol whose pattern is changed afterwards", () => {
    const messages: ("e" | "ee")[][] = [["e"], ["e", "ee"]];
    const { aead, dh, hash } = provider;
    const protocol = noiseProtocol({ pattern: custom(messages), aead, dh, hash });
    messages[1]!.pop();
    expect(protocol.pattern.messages).toEqual([["e"], ["e", "ee"]]);
  });
});
