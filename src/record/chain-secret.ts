import { Secret, utf8 } from "../bytes/index.js";
import type { AeadKey, CryptoProvider } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";

/** Bytes of a chain secret and of the keys that come from it. */
export const chainSecretLength = 32;

const noSalt = new Uint8Array(0);

/** What a key seals: records in frames, or bare ones. Each has its own counters. */
export type KeyUse = "frame" | "bare";

const keyInfo = {
  frame: utf8("bowline/frame-key/v1"),
  bare: utf8("bowline/bare-key/v1"),
} as const satisfies Record<KeyUse, Uint8Array>;

/** What sealing and opening derive keys with. */
export type RecordCrypto = Pick<CryptoProvider, "aead" | "hash" | "hkdf">;

/**
 * The key of a chain secret (32 bytes, never a key itself) for `use`: HKDF, info `bowline/frame-key/v1` or
 * `bowline/bare-key/v1`. The caller disposes it; `chain` remains the caller's.
 *
 * @see PROTOCOL, section 2.3
 */
export function deriveRecordKey(crypto: RecordCrypto, chain: Secret, use: KeyUse): AeadKey {
  const key = crypto.hkdf(crypto.hash, chain.expose(), noSalt, keyInfo[use], chainSecretLength);
  try {
    return crypto.aead.key(key);
  } finally {
    key.fill(0);
  }
}

/**
 * The chain secret of `rotation`, 1 to 65535, from that of the one before: HKDF, info `rotation-N`. The caller
 * disposes both.
 *
 * @see PROTOCOL, section 2.3
 */
export function deriveNextChainSecret(crypto: RecordCrypto, chain: Secret, rotation: number): Secret {
  const info = utf8(`rotation-${rotation}`);
  return Secret.take(crypto.hkdf(crypto.hash, chain.expose(), noSalt, info, chainSecretLength));
}

/**
 * Refuses what can't begin a chain: `chain` must have 32 bytes, `generation` be 0 to 65535, `firstCounter` 1 to 2^64
 * - 2.
 *
 * @throws invalid-argument; `chain` has been disposed then
 */
export function checkChainStart(chain: Secret, generation: number, firstCounter: bigint): void {
  const lengthHolds = chain.length === chainSecretLength;
  const generationHolds = Number.isInteger(generation) && generation >= 0 && generation <= 0xffff;
  const counterHolds = firstCounter >= 1n && firstCounter < 0xffff_ffff_ffff_ffffn;
  if (lengthHolds && generationHolds && counterHolds) return;
  const { length } = chain;
  chain.dispose();
  throw new SessionError(
    "invalid-argument",
    `A chain needs a secret of ${chainSecretLength} bytes (given: ${length}), a generation from 0 to 65535 ` +
      `(given: ${generation}) and a first counter from 1 to 2^64 - 2 (given: ${firstCounter}).`,
  );
}
