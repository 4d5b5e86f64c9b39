import { argon2idAsync } from "@noble/hashes/argon2.js";

/** What a guess costs. */
export interface Argon2Cost {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly lanes: number;
}

/**
 * Argon2id, version 0x13: `length` bytes (4 or more) from a passphrase (any length) and a salt (8 bytes or more), owned by the caller.
 * Takes about a second at the usual cost; other work goes on meanwhile.
 *
 * @see RFC 9106, section 3
 */
export async function argon2id(
  passphrase: Uint8Array,
  salt: Uint8Array,
  { memory, passes, lanes }: Argon2Cost,
  length: number,
): Promise<Uint8Array> {
  const maxmem = 2048 * memory + 1_048_576;
  return argon2idAsync(passphrase, salt, { m: memory, t: passes, p: lanes, dkLen: length, maxmem });
}
