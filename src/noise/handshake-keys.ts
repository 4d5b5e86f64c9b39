import type { Secret } from "../bytes/index.js";
import type { Dh, DhKeyPair } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import { countPsks, senderOf, type PreMessageToken, type Role, type Token } from "./handshake-pattern.js";
import type { CheckedPattern } from "./pattern-rules.js";

const PSK_LENGTH = 32;

/** The keys that a HandshakeState is given. */
export interface HandshakeKeys {
  readonly s?: DhKeyPair | undefined;
  readonly e?: DhKeyPair | undefined;
  readonly rs?: Uint8Array | undefined;
  readonly re?: Uint8Array | undefined;
  readonly psks?: readonly Secret[] | undefined;
}

/**
 * Checks that `keys` are those that this role needs in `pattern`, no fewer and, but for an unused `s`, no more.
 *
 * @throws handshake-key-missing, invalid-argument, public-key-malformed, public-key-not-canonical, public-key-low-order
 */
export function checkHandshakeKeys(pattern: CheckedPattern, role: Role, dh: Dh, keys: HandshakeKeys): void {
  const other = role === "initiator" ? "responder" : "initiator";
  const own = preMessageOf(pattern, role);
  const theirs = preMessageOf(pattern, other);
  if (keys.s === undefined && needsStatic(pattern, role, own))
    throw missing("s", "the local static key pair");
  checkGiven("e", "the local ephemeral key pair", keys.e, own.includes("e"));
  checkGiven("rs", "the remote static public key", keys.rs, theirs.includes("s"));
  checkGiven("re", "the remote ephemeral public key", keys.re, theirs.includes("e"));
  for (const key of [keys.rs, keys.re]) if (key !== undefined) dh.checkPublicKey(key);
  const psks = keys.psks ?? [];
  const count = countPsks(pattern);
  if (psks.length < count)
    throw missing("psks", `a pre-shared key for each psk token: ${count}, not ${psks.length}`);
  if (psks.length > count) throw unexpected(`${count} pre-shared keys, not ${psks.length}`);
  if (psks.some(psk => psk.length !== PSK_LENGTH))
    throw unexpected(`pre-shared keys of ${PSK_LENGTH} bytes each`);
}

function preMessageOf(pattern: CheckedPattern, role: Role): readonly PreMessageToken[] {
  return role === "initiator" ? pattern.initiatorPreMessage : pattern.responderPreMessage;
}

/** Whether `role` sends its static key, has it in a pre-message, or does a DH with it. */
function needsStatic(pattern: CheckedPattern, role: Role, preMessage: readonly Token[]): boolean {
  const operations: readonly Token[] = role === "initiator" ? ["se", "ss"] : ["es", "ss"];
  return (
    preMessage.includes("s") ||
    pattern.messages.some((tokens, position) =>
      tokens.some(token => operations.includes(token) || (token === "s" && senderOf(position) === role)),
    )
  );
}

function checkGiven(name: string, meaning: string, key: unknown, isNeeded: boolean): void {
  if (isNeeded && key === undefined) throw missing(name, meaning);
  if (!isNeeded && key !== undefined)
    throw unexpected(`no ${name}: ${meaning} comes with the handshake, or not at all`);
}

function missing(name: string, meaning: string): SessionError {
  return new SessionError("handshake-key-missing", `This pattern and role need ${name}, ${meaning}.`);
}

function unexpected(why: string): SessionError {
  return new SessionError("invalid-argument", `This pattern and role take ${why}.`);
}
