import { SessionError } from "../errors/index.js";
import type { HandshakePattern } from "./handshake-pattern.js";

const MAX_NAME_LENGTH = 255;

/** The names of a protocol's algorithms. */
export interface AlgorithmNames {
  readonly dh: { readonly name: string };
  readonly kem?: { readonly name: string } | undefined;
  readonly aead: { readonly name: string };
  readonly hash: { readonly name: string };
}

/**
 * The Noise protocol name of a pattern with algorithms.
 *
 * @throws protocol-name-invalid where it is over 255 bytes long, or an algorithm's name is malformed
 * @see Noise, section 8
 */
export function formatProtocolName(
  pattern: HandshakePattern,
  { dh, kem, aead, hash }: AlgorithmNames,
): string {
  const dhSection = kem === undefined ? dh.name : `${dh.name}+${kem.name}`;
  const patternSection = pattern.name + (pattern.modifiers ?? []).join("+");
  const name = ["Noise", patternSection, dhSection, aead.name, hash.name].join("_");
  if (name.length > MAX_NAME_LENGTH) refuse(`has ${name.length} bytes, of ${MAX_NAME_LENGTH} at the most`);
  splitProtocolName(name);
  return name;
}

/** The sections of a protocol name, by syntax alone: nothing says that what they name exists. */
export interface NameSections {
  readonly pattern: string;
  readonly modifiers: readonly string[];
  readonly dh: string;
  readonly kem: string | undefined;
  readonly aead: string;
  readonly hash: string;
}

/**
 * Splits a protocol name by the syntax of the specification. Modifiers whose order has no meaning must be sorted: all, but for
 * `fallback`.
 *
 * @throws protocol-name-invalid
 * @see Noise, sections 8.1 and 8.2
 */
export function splitProtocolName(name: string): NameSections {
  if (name.length > MAX_NAME_LENGTH) refuse(`has more than ${MAX_NAME_LENGTH} bytes`);
  const match =
    /^Noise_([A-Z0-9]+)((?:[a-z][a-z0-9]*(?:\+[a-z][a-z0-9]*)*)?)_([A-Za-z0-9/]+)(?:\+([A-Za-z0-9/]+))?_([A-Za-z0-9/]+)_([A-Za-z0-9/]+)$/.exec(
      name,
    );
  if (match === null) refuse("is not spelled Noise_<pattern and modifiers>_<DH>_<cipher>_<hash>");
  const [, pattern, modifierList, dh, kem, aead, hash] = match;
  const modifiers = modifierList === "" ? [] : modifierList!.split("+");
  modifiers.forEach((modifier, i) => {
    const previous = modifiers[i - 1];
    if (previous === undefined || previous === "fallback" || modifier === "fallback") return;
    if (previous >= modifier) refuse("has modifiers that are repeated or not sorted");
  });
  return { pattern: pattern!, modifiers, dh: dh!, kem, aead: aead!, hash: hash! };
}

function refuse(why: string): never {
  throw new SessionError("protocol-name-invalid", `The Noise protocol name ${why}.`);
}
