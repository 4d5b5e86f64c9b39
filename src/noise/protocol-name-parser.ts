import type { Aead, Dh, Hash, Kem } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import type { HandshakePattern } from "./handshake-pattern.js";
import { noiseProtocol, type NoiseProtocol } from "./noise-protocol.js";
import { withFallback, withHfs, withPsk } from "./pattern-modifiers.js";
import { patternsByName } from "./patterns-by-name.js";
import { splitProtocolName } from "./protocol-name.js";

/** The algorithms that names may refer to. */
export interface AlgorithmRegistry {
  /** DH functions that a name may ask for. */
  readonly dh: readonly Dh[];
  /** KEMs that a name may ask for. */
  readonly kem: readonly Kem[];
  /** Ciphers that a name may ask for. */
  readonly aead: readonly Aead[];
  /** Hash functions that a name may ask for. */
  readonly hash: readonly Hash[];
}

/**
 * The protocol that `name` means, with the algorithms of `algorithms`.
 *
 * @throws protocol-name-invalid where the spelling is wrong; algorithm-unsupported where a pattern, a modifier or an algorithm
 *   is not known; pattern-invalid where a modifier can't be applied; invalid-argument where a KEM is named without hfs, or hfs
 *   without a KEM
 * @see Noise, section 8
 */
export function parseProtocolName(name: string, algorithms: AlgorithmRegistry): NoiseProtocol {
  const sections = splitProtocolName(name);
  const base = patternsByName[sections.pattern];
  if (base === undefined) throw unsupported("handshake pattern", sections.pattern);
  return noiseProtocol({
    pattern: sections.modifiers.reduce(applyModifier, base),
    dh: find("DH function", algorithms.dh, sections.dh),
    ...(sections.kem !== undefined && { kem: find("KEM", algorithms.kem, sections.kem) }),
    aead: find("cipher", algorithms.aead, sections.aead),
    hash: find("hash function", algorithms.hash, sections.hash),
  });
}

function applyModifier(pattern: HandshakePattern, modifier: string): HandshakePattern {
  if (modifier === "hfs") return withHfs(pattern);
  if (modifier === "fallback") return withFallback(pattern);
  if (/^psk(?:0|[1-9][0-9]*)$/.test(modifier)) return withPsk(pattern, Number(modifier.slice(3)));
  throw unsupported("pattern modifier", modifier);
}

function find<Algorithm extends { readonly name: string }>(
  kind: string,
  algorithms: readonly Algorithm[],
  name: string,
): Algorithm {
  const algorithm = algorithms.find(candidate => candidate.name === name);
  if (algorithm === undefined) throw unsupported(kind, name);
  return algorithm;
}

function unsupported(kind: string, name: string): SessionError {
  return new SessionError("algorithm-unsupported", `The ${kind} ${name} is not known here.`);
}
