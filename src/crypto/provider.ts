import type { RandomSource, Secret } from "../bytes/index.js";

/** A key of an AEAD, ready for use. The holder disposes it: nothing else gives back the memory that it takes up outside JavaScript. */
export interface AeadKey {
  /**
   * Encrypts `plaintext` (any length) under `nonce` (12 bytes). Writes the ciphertext, as long as the plaintext, to
   * `ciphertext`, and 16 bytes to `tag`. `ciphertext` may be `plaintext` itself, no other overlap is allowed.
   */
  seal(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
    ciphertext: Uint8Array,
    tag: Uint8Array,
  ): void;
  /**
   * Verifies `tag` (16 bytes exactly), then writes the plaintext to `plaintext`, as long as the ciphertext.
   * Returns false where the tag does not hold: nothing has been written then.
   */
  open(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    ciphertext: Uint8Array,
    tag: Uint8Array,
    plaintext: Uint8Array,
  ): boolean;
  /**
   * Encrypts `plaintext` (any length) as a record, nonce (12 bytes) | tag (16) | ciphertext, in `output` from `offset` on. The nonce
   * stands there already; tag and ciphertext are written behind it. The plaintext may lie where its ciphertext goes, no other overlap is
   * allowed.
   *
   * @throws invalid-argument where `output` has less than 28 bytes more than the plaintext from there on, secret-disposed: nothing has been
   *   written then
   */
  sealRecord(associatedData: Uint8Array, plaintext: Uint8Array, output: Uint8Array, offset: number): void;
  /**
   * Verifies the tag of `record` (28 bytes or more: nonce | tag | ciphertext), then gives the plaintext, 28 bytes shorter: at the
   * beginning of `output`, which is the result then, or else in a buffer of its own. Undefined where the tag does not hold: nothing has been written then.
   *
   * @throws invalid-argument, secret-disposed
   */
  openRecord(record: Uint8Array, associatedData: Uint8Array, output?: Uint8Array): Uint8Array | undefined;
  /** Erases the key. */
  dispose(): void;
}

/** An AEAD with a 32-byte key, a 12-byte nonce and a 16-byte tag. */
export interface Aead {
  /** As a Noise protocol name spells it. */
  readonly name: "ChaChaPoly" | "AESGCM";
  /** Copies `key` (32 bytes): the caller's remains the caller's to erase. */
  key(key: Uint8Array): AeadKey;
}

/** A Diffie-Hellman key pair. The secret half can be exported by whoever imported it, and nobody else. */
export interface DhKeyPair {
  /** The public key, of the length that the algorithm says. */
  readonly publicKey: Uint8Array;
  /** Erases the key. */
  dispose(): void;
}

/** A Diffie-Hellman function over a Montgomery curve: RFC 7748. */
export interface Dh {
  /** As a Noise protocol name spells it. */
  readonly name: "25519" | "448";
  /** Length in bytes of a secret key, a public key and a shared secret: 32 or 56. */
  readonly length: number;
  /** A new key pair from `random`, `length` bytes of which are drawn. */
  generateKeyPair(random: RandomSource): DhKeyPair;
  /** The pair of `secretKey` (`length` bytes, clamped in use, kept as given). Copies it. */
  importKeyPair(secretKey: Uint8Array): DhKeyPair;
  /**
   * Refuses what is not the one spelling of a public key: another length, the high bit of 25519, a value not below the prime,
   * or a point of low order.
   *
   * @throws public-key-malformed, public-key-not-canonical, public-key-low-order
   */
  checkPublicKey(publicKey: Uint8Array): void;
  /**
   * The shared secret, `length` bytes, owned by the caller.
   *
   * @throws what `checkPublicKey` throws; public-key-low-order where the result is all zeros
   */
  sharedSecret(pair: DhKeyPair, publicKey: Uint8Array): Secret;
}

/** A key pair of a KEM. */
export interface KemKeyPair {
  /** The public key, of the length that the algorithm says. */
  readonly publicKey: Uint8Array;
  /** Erases the key. */
  dispose(): void;
}

/** A key encapsulation mechanism: ML-KEM-768, FIPS 203. */
export interface Kem {
  /** As a Noise protocol name spells it. */
  readonly name: "MLKEM768";
  /** 1184 bytes. */
  readonly publicKeyLength: number;
  /** 1088 bytes. */
  readonly ciphertextLength: number;
  /** 32 bytes. */
  readonly sharedSecretLength: number;
  /** A new key pair; 64 bytes (d, then z) are drawn from `random`. */
  generateKeyPair(random: RandomSource): KemKeyPair;
  /**
   * A ciphertext for `publicKey`, and the shared secret (32 bytes), owned by the caller; 32 bytes are drawn from `random`.
   *
   * @throws kem-public-key-invalid where the length or the modulus check fails (FIPS 203, section 7.2)
   */
  encapsulate(
    publicKey: Uint8Array,
    random: RandomSource,
  ): { readonly ciphertext: Uint8Array; readonly sharedSecret: Secret };
  /**
   * The shared secret, 32 bytes; of a ciphertext that was not made for this pair a pseudo-random one (implicit rejection).
   *
   * @throws kem-ciphertext-invalid where the length is wrong
   */
  decapsulate(pair: KemKeyPair, ciphertext: Uint8Array): Secret;
}

/** A hash function, and HMAC (RFC 2104) over it. */
export interface Hash {
  /** As a Noise protocol name spells it. */
  readonly name: "SHA256" | "SHA512" | "BLAKE2s" | "BLAKE2b";
  /** Length of a digest: 32 or 64 bytes. */
  readonly hashLength: number;
  /** Length of an input block: 64 or 128 bytes. */
  readonly blockLength: number;
  /** The digest of all `parts`, in order. */
  hash(...parts: readonly Uint8Array[]): Uint8Array;
  /** HMAC of all `parts`, in order, under `key` (any length). */
  hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array;
}

/** A signature key pair: Ed25519, RFC 8032. */
export interface SignatureKeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Erases the key. */
  dispose(): void;
}

/** A signature scheme. */
export interface Signature {
  /** As RFC 8032 spells it. */
  readonly name: "Ed25519";
  /** A fresh key pair. The caller disposes of it. */
  generateKeyPair(random: RandomSource): SignatureKeyPair;
  /** The pair of `seed` (32 bytes). Copies it. */
  importKeyPair(seed: Uint8Array): SignatureKeyPair;
  /** 64 bytes. */
  sign(pair: SignatureKeyPair, message: Uint8Array): Uint8Array;
  /** Whether `signature` (64 bytes) of `message` holds under `publicKey` (32 bytes). Malformed input is false. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** HKDF, RFC 5869: `length` bytes, at most 255 times the digest, owned by the caller. */
export type Hkdf = (
  hash: Hash,
  inputKeyMaterial: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number,
) => Uint8Array;

/**
 * The primitives of the default suites, all synchronous. What the default suites do not need (AES-GCM, X448, SHA-512, BLAKE2)
 * stands in a module of its own for each provider, so that a bundle leaves it out.
 */
export interface CryptoProvider {
  /** Whose algorithms these are: those of `node:crypto`, or of the noble packages. */
  readonly name: "node" | "noble";
  /** ChaCha20-Poly1305. */
  readonly aead: Aead;
  /** X25519. */
  readonly dh: Dh;
  /** ML-KEM-768. */
  readonly kem: Kem;
  /** SHA-256. */
  readonly hash: Hash;
  /** HKDF of RFC 5869, extract and expand. */
  readonly hkdf: Hkdf;
  /** Ed25519. */
  readonly signature: Signature;
  /** The platform's cryptographically secure generator. */
  readonly random: RandomSource;
  /**
   * At least 32 bytes from the operating system itself, past every generator in the memory of this process; the caller owns them. Undefined, or absent, where there is no such way.
   */
  readonly entropy?: () => Uint8Array | undefined;
}

/** The algorithms of the Noise specification beyond the default suites. */
export interface ExtraAlgorithms {
  readonly aesgcm: Aead;
  readonly x448: Dh;
  readonly sha512: Hash;
  readonly blake2s: Hash;
  readonly blake2b: Hash;
}
