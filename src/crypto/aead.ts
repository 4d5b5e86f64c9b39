import { Secret } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import { requireLength } from "./lengths.js";
import type { Aead, AeadKey } from "./provider.js";

/** Length of a key in bytes. */
export const keyLength = 32;
/** Bytes of a nonce; in front of a record: counter, u64 little-endian | epoch, u32 little-endian. */
export const nonceLength = 12;
/** Bytes of a tag; in a record it comes after the nonce. */
export const tagLength = 16;
/** Bytes that a record, nonce | tag | ciphertext, is longer than its plaintext. */
export const recordOverhead = nonceLength + tagLength;

/** One AEAD as a provider has it, called with arguments whose lengths have been checked. `Key`: the key, or where it is. */
export interface AeadCipher<Key = Uint8Array> {
  /** Writes the ciphertext and the tag. `ciphertext` may be `plaintext`. */
  seal(
    key: Key,
    nonce: Uint8Array,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
    ciphertext: Uint8Array,
    tag: Uint8Array,
  ): void;
  /** The plaintext once the tag holds: at the beginning of `output`, which may be `ciphertext`, or else in a buffer of its own. Undefined, and nothing written, where it does not. */
  open(
    key: Key,
    nonce: Uint8Array,
    associatedData: Uint8Array,
    ciphertext: Uint8Array,
    tag: Uint8Array,
    output?: Uint8Array,
  ): Uint8Array | undefined;
}

/** The AEAD `name` over `cipher`: what is the same for every provider. */
export function makeAead(name: Aead["name"], cipher: AeadCipher): Aead {
  return Object.freeze({
    name,
    key: key => {
      requireLength(key, keyLength, "key");
      return new CipherKey(cipher, key);
    },
  } satisfies Aead);
}

/** @throws invalid-argument where one of the lengths is wrong */
export function checkParts(nonce: Uint8Array, tag: Uint8Array, from: Uint8Array, to: Uint8Array): void {
  requireLength(nonce, nonceLength, "nonce");
  requireLength(tag, tagLength, "tag");
  requireLength(to, from.length, "output");
}

/** @throws invalid-argument unless a record of `plaintext` fits into `output` from `offset` on */
export function checkRoom(plaintext: Uint8Array, output: Uint8Array, offset: number): void {
  const needed = recordOverhead + plaintext.length;
  if (offset >= 0 && output.length - offset >= needed) return;
  throw new SessionError(
    "invalid-argument",
    `A record of ${needed} bytes does not fit into ${output.length} bytes from ${offset} on.`,
  );
}

/** The length of the text of `record`. @throws invalid-argument where it is no record, or its text does not fit into `output` */
export function textLengthOf(record: Uint8Array, output: Uint8Array | undefined): number {
  const length = record.length - recordOverhead;
  if (length >= 0 && (output === undefined || output.length >= length)) return length;
  throw new SessionError(
    "invalid-argument",
    length < 0
      ? `A record has at least ${recordOverhead} bytes; this one has ${record.length}.`
      : `The text of a record of ${record.length} bytes does not fit into ${output!.length} bytes.`,
  );
}

/** `opened`, in `output` where there is one: then what it was in is erased. */
export function handOver(opened: Uint8Array, output: Uint8Array | undefined): Uint8Array {
  if (output === undefined) return opened;
  output.set(opened);
  opened.fill(0);
  return output;
}

/** `AeadKey.sealRecord` by a cipher that takes the parts. */
export function sealRecordWith<Key>(
  cipher: AeadCipher<Key>,
  key: Key,
  associatedData: Uint8Array,
  plaintext: Uint8Array,
  output: Uint8Array,
  offset: number,
): void {
  const tagStart = offset + nonceLength;
  const textStart = offset + recordOverhead;
  const nonce = output.subarray(offset, tagStart);
  const tag = output.subarray(tagStart, textStart);
  const ciphertext = output.subarray(textStart, textStart + plaintext.length);
  cipher.seal(key, nonce, associatedData, plaintext, ciphertext, tag);
}

/** `AeadKey.openRecord` by a cipher that takes the parts. */
export function openRecordWith<Key>(
  cipher: AeadCipher<Key>,
  key: Key,
  record: Uint8Array,
  associatedData: Uint8Array,
  output: Uint8Array | undefined,
): Uint8Array | undefined {
  const nonce = record.subarray(0, nonceLength);
  const tag = record.subarray(nonceLength, recordOverhead);
  return cipher.open(key, nonce, associatedData, record.subarray(recordOverhead), tag, output);
}

/** A key that is handed to a cipher with each call. */
export class CipherKey implements AeadKey {
  readonly #cipher: AeadCipher;
  readonly #key: Secret;

  /** Copies `key` (32 bytes). */
  constructor(cipher: AeadCipher, key: Uint8Array) {
    this.#cipher = cipher;
    this.#key = Secret.copy(key);
  }

  seal(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
    ciphertext: Uint8Array,
    tag: Uint8Array,
  ): void {
    const key = this.#key.expose();
    checkParts(nonce, tag, plaintext, ciphertext);
    this.#cipher.seal(key, nonce, associatedData, plaintext, ciphertext, tag);
  }

  open(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    ciphertext: Uint8Array,
    tag: Uint8Array,
    plaintext: Uint8Array,
  ): boolean {
    const key = this.#key.expose();
    checkParts(nonce, tag, ciphertext, plaintext);
    return this.#cipher.open(key, nonce, associatedData, ciphertext, tag, plaintext) !== undefined;
  }

  sealRecord(associatedData: Uint8Array, plaintext: Uint8Array, output: Uint8Array, offset: number): void {
    const key = this.#key.expose();
    checkRoom(plaintext, output, offset);
    sealRecordWith(this.#cipher, key, associatedData, plaintext, output, offset);
  }

  openRecord(record: Uint8Array, associatedData: Uint8Array, output?: Uint8Array): Uint8Array | undefined {
    const key = this.#key.expose();
    textLengthOf(record, output);
    return openRecordWith(this.#cipher, key, record, associatedData, output);
  }

  dispose(): void {
    this.#key.dispose();
  }
}

/** A key whose records are sealed and opened by the parts that are given: for whoever wraps one, or has an AEAD of its own. */
export function aeadKeyByParts(parts: Pick<AeadKey, "seal" | "open" | "dispose">): AeadKey {
  const cipher: AeadCipher<void> = {
    seal: (_, ...rest) => parts.seal(...rest),
    open: (_, nonce, associatedData, ciphertext, tag, output = new Uint8Array(ciphertext.length)) => {
      const text = output.subarray(0, ciphertext.length);
      return parts.open(nonce, associatedData, ciphertext, tag, text) ? output : undefined;
    },
  };
  return {
    seal: (...all) => parts.seal(...all),
    open: (...all) => parts.open(...all),
    sealRecord: (associatedData, plaintext, output, offset) => {
      checkRoom(plaintext, output, offset);
      sealRecordWith(cipher, undefined, associatedData, plaintext, output, offset);
    },
    openRecord: (record, associatedData, output) => {
      textLengthOf(record, output);
      return openRecordWith(cipher, undefined, record, associatedData, output);
    },
    dispose: () => parts.dispose(),
  };
}
