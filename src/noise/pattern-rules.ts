import { SessionError } from "../errors/index.js";
import {
  isOneWay,
  senderOf,
  type DhToken,
  type HandshakePattern,
  type Role,
  type Token,
} from "./handshake-pattern.js";

/** A pattern that has passed `checkPattern`: complete, and frozen. */
export type CheckedPattern = Readonly<Required<HandshakePattern>>;

/** What has happened in the handshake so far. */
interface Progress {
  /** Public keys that each party has sent, pre-messages included. */
  readonly sent: Readonly<Record<Role, Set<Token>>>;
  /** Every other token that has been processed. */
  readonly done: Set<Token>;
  e1Sender: Role | undefined;
}

const roles: readonly Role[] = ["initiator", "responder"];
const preMessages: readonly string[] = ["", "e", "s", "e,s"];

/** After the first operation that party must not encrypt unless the second has been done too. Section 7.3, rule 4. */
const randomizedBy: Readonly<Record<Role, readonly (readonly [DhToken, DhToken])[]>> = {
  initiator: [
    ["se", "ee"],
    ["ss", "es"],
  ],
  responder: [
    ["es", "ee"],
    ["ss", "se"],
  ],
};

/**
 * Checks a pattern by the rules of the specification and returns a frozen copy.
 *
 * @throws pattern-invalid where it breaks one; the message says which
 * @see Noise, sections 7.1, 7.3, 8.1 and 9.3; noise_hfs, section 4
 */
export function checkPattern(pattern: HandshakePattern): CheckedPattern {
  const checked = freeze(pattern);
  checkNames(checked);
  checkTokens(checked);
  return checked;
}

/** Throws pattern-invalid; `why` completes "The handshake pattern <name> ...". */
export function refusePattern(pattern: HandshakePattern, why: string): never {
  const name = pattern.name + (pattern.modifiers ?? []).join("+");
  throw new SessionError("pattern-invalid", `The handshake pattern ${name} ${why}.`);
}

function freeze(pattern: HandshakePattern): CheckedPattern {
  return Object.freeze({
    name: pattern.name,
    modifiers: Object.freeze([...(pattern.modifiers ?? [])]),
    initiatorPreMessage: Object.freeze([...(pattern.initiatorPreMessage ?? [])]),
    responderPreMessage: Object.freeze([...(pattern.responderPreMessage ?? [])]),
    messages: Object.freeze(pattern.messages.map(tokens => Object.freeze([...tokens]))),
  });
}

function checkNames(pattern: CheckedPattern): void {
  if (!/^[A-Z0-9]+$/.test(pattern.name))
    refusePattern(pattern, "has a name that is not of upper-case letters and digits");
  if (!pattern.modifiers.every(modifier => /^[a-z][a-z0-9]*$/.test(modifier))) {
    refusePattern(pattern, "has a modifier that is not of lower-case letters and digits, a letter first");
  }
  const tokens = pattern.messages.flat();
  if (pattern.modifiers.includes("hfs") !== tokens.includes("e1")) {
    refusePattern(pattern, "needs the modifier hfs where it has the token e1, and nowhere else");
  }
  if (pattern.modifiers.some(modifier => modifier.startsWith("psk")) !== tokens.includes("psk")) {
    refusePattern(pattern, "needs a psk modifier where it has a psk token, and nowhere else");
  }
}

function checkTokens(pattern: CheckedPattern): void {
  const progress: Progress = {
    sent: { initiator: new Set<Token>(), responder: new Set<Token>() },
    done: new Set<Token>(),
    e1Sender: undefined,
  };
  for (const role of roles) {
    const keys = role === "initiator" ? pattern.initiatorPreMessage : pattern.responderPreMessage;
    if (!preMessages.includes(keys.join(",")))
      refusePattern(pattern, `has a pre-message other than e; s; e, s; or none (7.1)`);
    for (const key of keys) progress.sent[role].add(key);
  }
  if (pattern.messages.length === 0) refusePattern(pattern, "has no messages");
  pattern.messages.forEach((tokens, position) => {
    const sender = senderOf(position);
    for (const token of tokens) process(pattern, progress, sender, token);
    checkMayEncrypt(pattern, progress, sender);
  });
  if (progress.done.has("e1") !== progress.done.has("ekem1"))
    refusePattern(pattern, "has the token e1 without ekem1");
  for (const role of isOneWay(pattern) ? roles.slice(0, 1) : roles) checkMayEncrypt(pattern, progress, role);
}

function process(pattern: CheckedPattern, progress: Progress, sender: Role, token: Token): void {
  const { sent, done } = progress;
  switch (token) {
    case "e":
    case "s":
      if (sent[sender].has(token))
        refusePattern(pattern, `sends the ${sender}'s key ${token} twice (7.3, rule 2)`);
      if (token === "s") checkPskRandomized(pattern, progress, sender);
      sent[sender].add(token);
      return;
    case "ee":
    case "es":
    case "se":
    case "ss":
      if (!sent.initiator.has(token[0] as Token) || !sent.responder.has(token[1] as Token)) {
        refusePattern(pattern, `performs ${token} before both public keys are known (7.3, rule 1)`);
      }
      if (done.has(token)) refusePattern(pattern, `performs ${token} twice (7.3, rule 3)`);
      break;
    case "psk":
      break;
    case "e1":
      if (done.has("e1")) refusePattern(pattern, "has the token e1 twice");
      checkMaySendKem(pattern, progress, sender);
      progress.e1Sender = sender;
      break;
    case "ekem1":
      if (done.has("ekem1")) refusePattern(pattern, "has the token ekem1 twice");
      if (progress.e1Sender === undefined || progress.e1Sender === sender) {
        refusePattern(pattern, "has the token ekem1 before the other party's e1");
      }
      checkMaySendKem(pattern, progress, sender);
      break;
    default:
      refusePattern(pattern, "has a token that is none of Noise or noise_hfs");
  }
  done.add(token);
}

/** Checks that `sender` may send a payload now: section 7.3, rule 4, and section 9.3. */
function checkMayEncrypt(pattern: CheckedPattern, progress: Progress, sender: Role): void {
  for (const [operation, randomizer] of randomizedBy[sender]) {
    if (progress.done.has(operation) && !progress.done.has(randomizer)) {
      refusePattern(
        pattern,
        `lets the ${sender} encrypt after ${operation} without ${randomizer} (7.3, rule 4)`,
      );
    }
  }
  checkPskRandomized(pattern, progress, sender);
}

/**
 * Checks that `sender` may encrypt a KEM public key or ciphertext now. noise_hfs puts `ekem1` directly after `ee`, where in KK and
 * IK the responder has done `ss` and not yet `se`: what rule 4 is for, a key that its own ephemeral key has randomized, holds by
 * any DH with that.
 */
function checkMaySendKem(pattern: CheckedPattern, progress: Progress, sender: Role): void {
  const isRandomized = randomizedBy[sender].some(([, randomizer]) => progress.done.has(randomizer));
  if (!isRandomized && randomizedBy[sender].some(([operation]) => progress.done.has(operation))) {
    refusePattern(
      pattern,
      `lets the ${sender} encrypt a KEM field without a DH of its ephemeral key (7.3, rule 4)`,
    );
  }
  checkPskRandomized(pattern, progress, sender);
}

function checkPskRandomized(pattern: CheckedPattern, progress: Progress, sender: Role): void {
  if (progress.done.has("psk") && !progress.sent[sender].has("e")) {
    refusePattern(pattern, `lets the ${sender} encrypt after psk without having sent e (9.3)`);
  }
}
