import { copySecret, Secret, utf8 } from "../bytes/index.js";
import type { Aead, Hash } from "../crypto/index.js";
import { CipherState } from "./cipher-state.js";

const CIPHER_KEY_LENGTH = 32;

/**
 * The chaining key, the handshake hash and the cipher of a handshake in progress.
 *
 * @see Noise, section 5.2
 */
export class SymmetricState {
  readonly #aead: Aead;
  readonly #hash: Hash;
  readonly #cipher: CipherState;
  #ck: Secret;
  #h: Uint8Array;

  private constructor(aead: Aead, hash: Hash, cipher: CipherState, ck: Secret, h: Uint8Array) {
    this.#aead = aead;
    this.#hash = hash;
    this.#cipher = cipher;
    this.#ck = ck;
    this.#h = h;
  }

  /** InitializeSymmetric: begins with `protocolName`. The caller disposes the result. */
  static initialize(protocolName: string, aead: Aead, hash: Hash): SymmetricState {
    const name = utf8(protocolName);
    let h: Uint8Array = new Uint8Array(hash.hashLength);
    if (name.length <= hash.hashLength) h.set(name);
    else h = hash.hash(name);
    return new SymmetricState(aead, hash, new CipherState(aead), Secret.copy(h), h);
  }

  /** The handshake hash `h`: 32 or 64 bytes, in an array that the caller owns. */
  get handshakeHash(): Uint8Array {
    return new Uint8Array(this.#h);
  }

  /** Whether what follows is encrypted: a key has been mixed in. */
  get hasKey(): boolean {
    return this.#cipher.hasKey;
  }

  /** Mixes a shared secret, any length, into the chaining key, and sets a new cipher key. It stays the caller's to erase. */
  mixKey(inputKeyMaterial: Uint8Array): void {
    const [ck, temporaryKey] = this.#derive(inputKeyMaterial, 2);
    this.#replaceKeys(ck!, temporaryKey!);
  }

  /** Mixes `data`, any length, into the handshake hash. */
  mixHash(data: Uint8Array): void {
    this.#h = this.#hash.hash(this.#h, data);
  }

  /** Mixes a pre-shared key into the chaining key, the handshake hash and the cipher key. It stays the caller's to erase. */
  mixKeyAndHash(inputKeyMaterial: Uint8Array): void {
    const [ck, temporaryHash, temporaryKey] = this.#derive(inputKeyMaterial, 3);
    this.mixHash(temporaryHash!);
    temporaryHash!.fill(0);
    this.#replaceKeys(ck!, temporaryKey!);
  }

  /** Encrypts, where there is a key, and mixes the ciphertext into the handshake hash. */
  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const ciphertext = this.#cipher.encryptWithAd(this.#h, plaintext);
    this.mixHash(ciphertext);
    return ciphertext;
  }

  /**
   * Decrypts, where there is a key, and mixes the ciphertext into the handshake hash.
   *
   * @throws decryption-failed; nothing has changed then
   */
  decryptAndHash(ciphertext: Uint8Array): Uint8Array {
    const plaintext = this.#cipher.decryptWithAd(this.#h, ciphertext);
    this.mixHash(ciphertext);
    return plaintext;
  }

  /** The CipherStates for messages from the initiator and from the responder, both owned by the caller. */
  split(): readonly [CipherState, CipherState] {
    const [first, second] = this.#derive(new Uint8Array(0), 2).map(key => {
      const cipher = new CipherState(this.#aead);
      cipher.initializeKey(key.subarray(0, CIPHER_KEY_LENGTH));
      key.fill(0);
      return cipher;
    });
    return [first!, second!];
  }

  /** A copy of the chaining key, 32 or 64 bytes, owned by the caller. */
  exportChainingKey(): Secret {
    return copySecret(this.#ck);
  }

  /** An independent copy, which the caller disposes. */
  clone(): SymmetricState {
    return new SymmetricState(
      this.#aead,
      this.#hash,
      this.#cipher.clone(),
      this.exportChainingKey(),
      this.#h,
    );
  }

  /** Erases the keys; what needs one throws from now on. */
  dispose(): void {
    this.#cipher.dispose();
    this.#ck.dispose();
  }

  /** HKDF with the chaining key as salt: `count` outputs as long as a digest. @see Noise, section 4.3 */
  #derive(inputKeyMaterial: Uint8Array, count: 2 | 3): Uint8Array[] {
    const temporaryKey = this.#hash.hmac(this.#ck.expose(), inputKeyMaterial);
    const outputs: Uint8Array[] = [];
    let previous: Uint8Array = new Uint8Array(0);
    for (let i = 1; i <= count; i++) {
      previous = this.#hash.hmac(temporaryKey, previous, Uint8Array.of(i));
      outputs.push(previous);
    }
    temporaryKey.fill(0);
    return outputs;
  }

  /** Takes `ck` over and erases `temporaryKey`. */
  #replaceKeys(ck: Uint8Array, temporaryKey: Uint8Array): void {
    this.#ck.dispose();
    this.#ck = Secret.take(ck);
    this.#cipher.initializeKey(temporaryKey.subarray(0, CIPHER_KEY_LENGTH));
    temporaryKey.fill(0);
  }
}
