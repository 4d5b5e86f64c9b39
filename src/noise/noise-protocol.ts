import type { Aead, Dh, Hash, Kem } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import type { HandshakePattern } from "./handshake-pattern.js";
import { checkPattern, type CheckedPattern } from "./pattern-rules.js";
import { formatProtocolName } from "./protocol-name.js";

/** What a protocol is made of. `kem` belongs to patterns with the `hfs` modifier, and to no others. */
export interface ProtocolParts {
  /** Checked by `noiseProtocol`. */
  readonly pattern: HandshakePattern;
  /** The DH function. */
  readonly dh: Dh;
  /** For patterns with hfs tokens, and only for those. */
  readonly kem?: Kem;
  /** The cipher. */
  readonly aead: Aead;
  /** The hash function. */
  readonly hash: Hash;
}

/**
 * A handshake pattern that has passed the rules, with algorithms for it. It can't be changed.
 *
 * @see Noise, section 8
 */
export class NoiseProtocol {
  /** For instance `Noise_XXhfs_25519+MLKEM768_ChaChaPoly_SHA256`; at most 255 bytes. */
  readonly name: string;
  /** Known to be sound. */
  readonly pattern: CheckedPattern;
  /** The DH function. */
  readonly dh: Dh;
  /** For patterns with hfs tokens. */
  readonly kem: Kem | undefined;
  /** The cipher. */
  readonly aead: Aead;
  /** The hash function. */
  readonly hash: Hash;
  /** Only what this constructor has checked is a NoiseProtocol. */
  readonly #checked = true;

  /** @throws pattern-invalid, invalid-argument (a KEM without hfs, or hfs without a KEM), protocol-name-invalid */
  constructor(parts: ProtocolParts) {
    this.pattern = checkPattern(parts.pattern);
    this.dh = parts.dh;
    this.kem = parts.kem;
    this.aead = parts.aead;
    this.hash = parts.hash;
    if (this.pattern.modifiers.includes("hfs") !== (this.kem !== undefined)) {
      throw new SessionError(
        "invalid-argument",
        "A pattern with the modifier hfs needs a KEM, and no other pattern takes one.",
      );
    }
    this.name = formatProtocolName(this.pattern, this);
    Object.freeze(this);
  }

  static isChecked(value: NoiseProtocol): boolean {
    return #checked in value && value.#checked;
  }
}

/**
 * The protocol of `parts`: checks the pattern and forms the name. Make it once and keep it.
 *
 * @throws pattern-invalid, invalid-argument, protocol-name-invalid
 */
export function noiseProtocol(parts: ProtocolParts): NoiseProtocol {
  return new NoiseProtocol(parts);
}
