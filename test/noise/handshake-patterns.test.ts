import { describe, expect, it } from "vitest";
import {
  checkPattern,
  patternsByName,
  type DhToken,
  type HandshakePattern,
  type Token,
} from "../../src/noise/index.js";

const oneWay = ["N", "K", "X"];
const deferrable = (letter: string): string[] => (letter === "N" ? [letter] : [letter, `${letter}1`]);
/** Each name of the specification: N, K, X, I for the initiator; N, K, X for the responder; 1 where authentication is deferred. */
const interactive = ["N", "K", "X", "I"].flatMap(first =>
  ["N", "K", "X"].flatMap(second =>
    deferrable(first).flatMap(initiator => deferrable(second).map(responder => initiator + responder)),
  ),
);

/** The pattern that the derivation rules give for a name. Noise, section 18.3. */
function derivePattern(name: string): HandshakePattern {
  const [initiator, responder] = oneWay.includes(name)
    ? [name, "K"]
    : (name.match(/[A-Z]1?/g) as [string, string]);
  const isOneWay = oneWay.includes(name);
  const sent = { initiator: new Set<string>(), responder: new Set<string>() };
  const deferred = { se: initiator.endsWith("1"), es: responder.endsWith("1") };
  const isInitiatorDeferred = deferred.se;
  if (initiator.startsWith("K")) sent.initiator.add("s");
  if (responder.startsWith("K")) sent.responder.add("s");
  const done = new Set<Token>();
  const messages: Token[][] = [];

  const message = (sender: "initiator" | "responder", isFirst: boolean): Token[] => {
    const tokens: Token[] = [];
    const add = (token: Token): void => {
      tokens.push(token);
      done.add(token);
      if (token === "e" || token === "s") sent[sender].add(token);
    };
    const skipped = new Set<DhToken>();
    const tryDh = (token: DhToken): void => {
      if (done.has(token) || skipped.has(token)) return;
      if (!sent.initiator.has(token[0]!) || !sent.responder.has(token[1]!)) return;
      if (token !== "ee" && token !== "ss" && deferred[token]) {
        deferred[token] = false;
        skipped.add(token);
      } else add(token);
    };
    for (let before = -1; before !== tokens.length;) {
      before = tokens.length;
      if (!sent[sender].has("e")) add("e");
      tryDh("ee");
      tryDh("se");
      tryDh("es");
      if (tokens.length > before) continue;
      if (sender === "initiator" && isFirst && done.has("es") && !isInitiatorDeferred) tryDh("ss");
      if (tokens.length > before || sent[sender].has("s")) continue;
      const letter = sender === "initiator" ? initiator[0] : responder[0];
      const immediately = letter === "I" || (isOneWay && letter === "X");
      if (sender === "initiator" ? (isFirst ? immediately : letter === "X") : letter === "X") add("s");
    }
    return tokens;
  };
  for (let i = 0; i === 0 || !isOneWay; i++) {
    const tokens = message(i % 2 === 0 ? "initiator" : "responder", i === 0);
    if (tokens.length === 0 && i > 1) break;
    messages.push(tokens);
  }
  return {
    name,
    modifiers: [],
    initiatorPreMessage: initiator.startsWith("K") ? ["s"] : [],
    responderPreMessage: responder.startsWith("K") ? ["s"] : [],
    messages,
  };
}

describe("the patterns of the specification", () => {
  it("are 3 one-way, 12 fundamental and 23 deferred ones, under their names", () => {
    expect(interactive.filter(name => !name.includes("1"))).toHaveLength(12);
    expect(interactive.filter(name => name.includes("1"))).toHaveLength(23);
    expect(Object.keys(patternsByName).sort()).toEqual([...oneWay, ...interactive].sort());
  });

  it.each(Object.entries(patternsByName))(
    "%s is valid, and what the derivation rules give",
    (name, pattern) => {
      expect(checkPattern(pattern)).toEqual(derivePattern(name));
    },
  );

  it("are frozen once checked", () => {
    const checked = checkPattern(patternsByName["XX"]!);
    expect(() => (checked.messages as Token[][]).push(["e"])).toThrow(TypeError);
    expect(() => (checked.messages[0] as Token[]).push("psk")).toThrow(TypeError);
    expect(() => Object.assign(checked, { name: "NN" })).toThrow(TypeError);
  });
});
