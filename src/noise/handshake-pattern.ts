/** A Diffie-Hellman operation: the initiator's key first, then the responder's; `e` is ephemeral, `s` static. */
export type DhToken = "ee" | "es" | "se" | "ss";

/** What a party does, in order, to write or read a handshake message. `e1` and `ekem1` belong to the `hfs` modifier. */
export type Token = "e" | "s" | DhToken | "psk" | "e1" | "ekem1";

/** A public key that the other party knows before the handshake begins. */
export type PreMessageToken = "e" | "s";

/** The party that sends the first handshake message, or the other one. */
export type Role = "initiator" | "responder";

/**
 * A handshake pattern, as data, in canonical form: the first message is the initiator's, and they alternate.
 *
 * @see Noise, sections 7.1 and 8.1
 */
export interface HandshakePattern {
  /** The name without modifiers: upper-case letters and digits. */
  readonly name: string;
  /** In the order of the name: `["hfs", "psk0"]` for `hfs+psk0`. */
  readonly modifiers?: readonly string[];
  /** The initiator's public keys that the responder knows beforehand. */
  readonly initiatorPreMessage?: readonly PreMessageToken[];
  /** The responder's public keys that the initiator knows beforehand. */
  readonly responderPreMessage?: readonly PreMessageToken[];
  /** The tokens of each message; the initiator's come first, third and so on. */
  readonly messages: readonly (readonly Token[])[];
}

/** Who writes the message at `position`, counted from 0. */
export function senderOf(position: number): Role {
  return position % 2 === 0 ? "initiator" : "responder";
}

/** Whether the responder has no part in the handshake, so must never send. @see Noise, section 7.4 */
export function isOneWay(pattern: HandshakePattern): boolean {
  return pattern.messages.length === 1 && !pattern.responderPreMessage?.includes("e");
}

/** How many pre-shared keys the pattern takes: one for each `psk` token. */
export function countPsks(pattern: HandshakePattern): number {
  return pattern.messages.flat().filter(token => token === "psk").length;
}
