/// <reference lib="esnext.disposable" preserve="true" />
import { copySecret, Secret } from "../bytes/index.js";
import type { Aead, AeadKey } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";

/** The longest Noise message, in bytes. @see Noise, section 3 */
export const MAX_MESSAGE_LENGTH = 65535;
/** What encryption adds to a plaintext, in bytes. */
export const TAG_LENGTH = 16;

const KEY_LENGTH = 32;
/** 2^64 - 1: no message is encrypted under it; Rekey uses it. */
const RESERVED_NONCE = 0xffff_ffff_ffff_ffffn;

/**
 * A cipher key and its counter. Whoever receives one (from `split`) disposes it.
 *
 * @see Noise, section 5.1
 */
export class CipherState {
  readonly #aead: Aead;
  #k: Secret | undefined;
  /** `k`, made ready when it is first used. */
  #ready: AeadKey | undefined;
  #n = 0n;
  #disposed = false;

  constructor(aead: Aead) {
    this.#aead = aead;
  }

  /**
   * Sets the key (32 bytes, copied: the caller's remain the caller's to erase), or none, and the nonce to 0.
   *
   * @throws invalid-argument, secret-disposed; nothing has changed then
   */
  initializeKey(key: Uint8Array | undefined): void {
    this.#refuseDisposed();
    if (key !== undefined && key.length !== KEY_LENGTH) {
      throw new SessionError("invalid-argument", `A cipher key has ${KEY_LENGTH} bytes, not ${key.length}.`);
    }
    this.#eraseKey();
    this.#k = key && Secret.copy(key);
    this.#n = 0n;
  }

  /** Whether it encrypts: without a key it hands plaintext through. */
  get hasKey(): boolean {
    return this.#k !== undefined;
  }

  /** The nonce of the next message. */
  get nonce(): bigint {
    return this.#n;
  }

  /**
   * Sets the nonce of the next message, 0 to 2^64 - 1 (under which nothing can be sent), for messages that arrive out of order.
   * Never set it back where you encrypt: two messages under one nonce lose both. Where you decrypt, refusing replays is the
   * caller's duty then.
   *
   * @throws invalid-argument
   * @see Noise, section 11.4
   */
  setNonce(nonce: bigint): void {
    if (nonce < 0n || nonce > RESERVED_NONCE) {
      throw new SessionError("invalid-argument", "A nonce is a whole number from 0 to 2^64 - 1.");
    }
    this.#n = nonce;
  }

  /**
   * Encrypts `plaintext` (0 to 65,519 bytes) to 16 bytes more and counts the nonce up; without a key, returns a copy.
   *
   * @throws nonce-exhausted, transport-message-too-long, secret-disposed; the nonce has not moved then
   */
  encryptWithAd(ad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const key = this.#usableKey();
    if (key === undefined) return new Uint8Array(plaintext);
    if (plaintext.length > MAX_MESSAGE_LENGTH - TAG_LENGTH) {
      throw new SessionError(
        "transport-message-too-long",
        `A plaintext has at most ${MAX_MESSAGE_LENGTH - TAG_LENGTH} bytes, not ${plaintext.length}: send it in pieces.`,
      );
    }
    const ciphertext = this.#seal(key, this.#n, ad, plaintext);
    this.#n++;
    return ciphertext;
  }

  /**
   * Decrypts `ciphertext` (16 to 65,535 bytes) and counts the nonce up; without a key, returns a copy.
   *
   * @throws decryption-failed, nonce-exhausted, secret-disposed; the nonce has not moved then
   */
  decryptWithAd(ad: Uint8Array, ciphertext: Uint8Array): Uint8Array {
    const key = this.#usableKey();
    if (key === undefined) return new Uint8Array(ciphertext);
    const length = ciphertext.length - TAG_LENGTH;
    if (length < 0 || ciphertext.length > MAX_MESSAGE_LENGTH) throw forged();
    const plaintext = new Uint8Array(length);
    const nonce = this.#nonceBytes(this.#n);
    if (!key.open(nonce, ad, ciphertext.subarray(0, length), ciphertext.subarray(length), plaintext))
      throw forged();
    this.#n++;
    return plaintext;
  }

  /**
   * Replaces the key by a one-way function of itself; the nonce stays. Both ends do it at the same message.
   *
   * @throws invalid-argument where there is no key; secret-disposed
   * @see Noise, sections 4.2 and 11.3
   */
  rekey(): void {
    this.#refuseDisposed();
    if (this.#k === undefined)
      throw new SessionError("invalid-argument", "There is no key yet: rekey replaces one.");
    const sealed = this.#seal(
      this.#readyKey(this.#k),
      RESERVED_NONCE,
      new Uint8Array(0),
      new Uint8Array(KEY_LENGTH),
    );
    this.#eraseKey();
    this.#k = Secret.copy(sealed.subarray(0, KEY_LENGTH));
    sealed.fill(0);
  }

  /** An independent copy, which the caller disposes. */
  clone(): CipherState {
    this.#refuseDisposed();
    const copy = new CipherState(this.#aead);
    copy.#k = this.#k && copySecret(this.#k);
    copy.#n = this.#n;
    return copy;
  }

  /** Erases the key; every use throws from now on. */
  dispose(): void {
    this.#eraseKey();
    this.#disposed = true;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #usableKey(): AeadKey | undefined {
    this.#refuseDisposed();
    if (this.#k === undefined) return undefined;
    if (this.#n === RESERVED_NONCE) {
      throw new SessionError(
        "nonce-exhausted",
        "This key has no nonces left (2^64 - 1): make a new handshake.",
      );
    }
    return this.#readyKey(this.#k);
  }

  #readyKey(k: Secret): AeadKey {
    this.#ready ??= this.#aead.key(k.expose());
    return this.#ready;
  }

  #seal(key: AeadKey, n: bigint, ad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const sealed = new Uint8Array(plaintext.length + TAG_LENGTH);
    const ciphertext = sealed.subarray(0, plaintext.length);
    key.seal(this.#nonceBytes(n), ad, plaintext, ciphertext, sealed.subarray(plaintext.length));
    return sealed;
  }

  /** Four zero bytes and the counter, in the byte order of the cipher. @see Noise, sections 12.3 and 12.4 */
  #nonceBytes(n: bigint): Uint8Array {
    const bytes = new Uint8Array(12);
    new DataView(bytes.buffer).setBigUint64(4, n, this.#aead.name === "ChaChaPoly");
    return bytes;
  }

  #eraseKey(): void {
    this.#ready?.dispose();
    this.#ready = undefined;
    this.#k?.dispose();
    this.#k = undefined;
  }

  #refuseDisposed(): void {
    if (this.#disposed) {
      throw new SessionError(
        "secret-disposed",
        "This CipherState has no key any more: it was disposed, or a one-way pattern has no messages in this direction.",
      );
    }
  }
}

function forged(): SessionError {
  return new SessionError(
    "decryption-failed",
    "The message was not made under this key and nonce, or was changed.",
  );
}
