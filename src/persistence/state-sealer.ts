import { concat, utf8, Writer } from "../bytes/index.js";
import { nonceLength, tagLength, type CryptoProvider } from "../crypto/index.js";
import type { RandomSource, Secret } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";

const saltLength = 32;
const label = utf8("bowline/at-rest/v1");
/** Every key seals once: its salt is fresh. */
const nonce = new Uint8Array(nonceLength);

/** What sealed bytes are bound to. */
export interface SealedName {
  /** What kind of thing it is: it separates the keys. */
  readonly kind: string;
  /** Its name in the store. */
  readonly name: string;
  /** The version of its codec. */
  readonly codec: number;
}

/**
 * Seals what is stored. Each write has a key of its own, from 32 fresh random bytes: salt (32) | tag (16) | ciphertext.
 *
 * @see PROTOCOL, section 11
 */
export class StateSealer {
  readonly #provider: CryptoProvider;
  readonly #random: RandomSource;

  constructor(provider: CryptoProvider, random: RandomSource) {
    this.#provider = provider;
    this.#random = random;
  }

  /** Seals `plaintext` under `root` (32 bytes, the caller's), 48 bytes longer. */
  seal(root: Secret, name: SealedName, plaintext: Uint8Array): Uint8Array {
    const salt = this.#random(saltLength);
    const ciphertext = new Uint8Array(plaintext.length);
    const tag = new Uint8Array(tagLength);
    this.#withKey(root, name, salt, key => key.seal(nonce, associatedData(name), plaintext, ciphertext, tag));
    return concat(salt, tag, ciphertext);
  }

  /** Opens what `seal` made under the same root and name. @throws snapshot-invalid */
  open(root: Secret, name: SealedName, sealed: Uint8Array): Uint8Array {
    const invalid = (why: string): SessionError =>
      new SessionError("snapshot-invalid", `The stored ${name.kind} ${why}: it is not used.`);
    if (sealed.length < saltLength + tagLength)
      throw invalid(`has ${sealed.length} bytes, too few to be one`);
    const ciphertext = sealed.subarray(saltLength + tagLength);
    const plaintext = new Uint8Array(ciphertext.length);
    const tag = sealed.subarray(saltLength, saltLength + tagLength);
    const opened = this.#withKey(root, name, sealed.subarray(0, saltLength), key =>
      key.open(nonce, associatedData(name), ciphertext, tag, plaintext),
    );
    if (!opened) throw invalid("was changed, was moved to another name, or belongs to another identity");
    return plaintext;
  }

  #withKey<Result>(
    root: Secret,
    name: SealedName,
    salt: Uint8Array,
    use: (key: ReturnType<CryptoProvider["aead"]["key"]>) => Result,
  ): Result {
    const { hash, hkdf, aead } = this.#provider;
    const bytes = hkdf(hash, root.expose(), salt, concat(label, utf8(name.kind)), 32);
    const key = aead.key(bytes);
    bytes.fill(0);
    try {
      return use(key);
    } finally {
      key.dispose();
    }
  }
}

function associatedData({ name, codec }: SealedName): Uint8Array {
  const bytes = utf8(name);
  return new Writer().u16(bytes.length).bytes(bytes).u16(1).u16(codec).finish();
}
