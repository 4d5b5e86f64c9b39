import type { HandshakePattern, PreMessageToken, Token } from "./handshake-pattern.js";
import { checkPattern, refusePattern, type CheckedPattern } from "./pattern-rules.js";

const mirrored: Partial<Record<Token, Token>> = { es: "se", se: "es" };

/**
 * The pattern with a pre-shared key mixed in at each of `positions`: 0 at the beginning of the first message, n at the end of
 * the nth.
 *
 * @throws pattern-invalid where a position is repeated or past the last message, or the result breaks a rule
 * @see Noise, section 9.4
 */
export function withPsk(pattern: HandshakePattern, ...positions: readonly number[]): CheckedPattern {
  const messages = pattern.messages.map(tokens => [...tokens]);
  let modifiers = pattern.modifiers ?? [];
  for (const position of positions) {
    const message = messages[Math.max(position - 1, 0)];
    const modifier = `psk${position}`;
    if (message === undefined || !Number.isInteger(position))
      refusePattern(pattern, `has no place for ${modifier}`);
    if (modifiers.includes(modifier)) refusePattern(pattern, `already has ${modifier}`);
    if (position === 0) message.unshift("psk");
    else message.push("psk");
    modifiers = insertSorted(modifiers, modifier);
  }
  return checkPattern({ ...pattern, modifiers, messages });
}

/**
 * The pattern with KEM-based hybrid forward secrecy: `e1` directly after the first `e`, or after the first DH of that message,
 * so that it is encrypted; `ekem1` directly after the first `ee`. This is the rule of the specification; its table breaks it.
 *
 * @throws pattern-invalid where the pattern has no `ee`, or is a fallback (its `e1` would have to be a pre-message)
 * @see noise_hfs, section 5
 */
export function withHfs(pattern: HandshakePattern): CheckedPattern {
  const modifiers = pattern.modifiers ?? [];
  if (modifiers.includes("hfs")) refusePattern(pattern, "already has hfs");
  if (modifiers.includes("fallback"))
    refusePattern(pattern, "is a fallback, which can't be combined with hfs");
  const messages = pattern.messages.map(tokens => [...tokens]);
  const first = messages.find(tokens => tokens.includes("e"));
  const answer = messages.find(tokens => tokens.includes("ee"));
  if (first === undefined || answer === undefined) refusePattern(pattern, "has no ee, which hfs needs");
  const firstDh = first.findIndex(isDh);
  first.splice((firstDh === -1 ? first.indexOf("e") : firstDh) + 1, 0, "e1");
  answer.splice(answer.indexOf("ee") + 1, 0, "ekem1");
  return checkPattern({ ...pattern, modifiers: insertSorted(modifiers, "hfs"), messages });
}

/**
 * The pattern with its first message made a pre-message, and Bob, who received it by other means, as the initiator: in canonical
 * form, so `XXfallback` is: responder's pre-message e; then e, ee, s, se; then s, es.
 *
 * @throws pattern-invalid where the first message is other than e; s; or e, s; or the pattern has hfs
 * @see Noise, section 10.2
 */
export function withFallback(pattern: HandshakePattern): CheckedPattern {
  const modifiers = pattern.modifiers ?? [];
  if (modifiers.includes("fallback")) refusePattern(pattern, "already has fallback");
  if (modifiers.includes("hfs")) refusePattern(pattern, "has hfs, which can't be combined with fallback");
  const [first = [], ...rest] = pattern.messages;
  const preMessage = [...(pattern.initiatorPreMessage ?? []), ...first].filter(isPreMessageToken);
  if (first.length === 0 || !first.every(isPreMessageToken)) {
    refusePattern(pattern, "begins with a message that can't become a pre-message");
  }
  return checkPattern({
    name: pattern.name,
    modifiers: [...modifiers, "fallback"],
    initiatorPreMessage: pattern.responderPreMessage ?? [],
    responderPreMessage: preMessage.sort(),
    messages: rest.map(tokens => tokens.map(token => mirrored[token] ?? token)),
  });
}

function isDh(token: Token): boolean {
  return token === "ee" || token === "es" || token === "se" || token === "ss";
}

function isPreMessageToken(token: Token): token is PreMessageToken {
  return token === "e" || token === "s";
}

/** Adds a modifier that may stand anywhere after the last fallback, where the name wants alphabetical order. Section 8.1. */
function insertSorted(modifiers: readonly string[], modifier: string): string[] {
  const start = modifiers.lastIndexOf("fallback") + 1;
  return [...modifiers.slice(0, start), ...[...modifiers.slice(start), modifier].sort()];
}
