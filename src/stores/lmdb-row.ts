import { randomFillSync } from "node:crypto";
import type { StoredValue } from "../ports/index.js";

/** format, 1 byte | version, 12 | expiry, milliseconds since 1970 as a little-endian double, 8 | bytes. */
const format = 1;
const versionLength = 12;
const headerLength = 1 + versionLength + 8;

/** Drawn for 64 versions at once: one by one they cost as much as the rest of a write. */
const drawn = Buffer.alloc(64 * versionLength);
let used = 0;

/** A value, its version and when it expires. */
export interface LmdbRow extends StoredValue {
  readonly expiresAt: number;
}

/**
 * A version that nothing had before. Drawn, not counted: a count goes back with the disk, and whoever still holds a version from before must not
 * find it again.
 */
export function drawVersion(): string {
  if (used === drawn.length) used = 0;
  if (used === 0) randomFillSync(drawn);
  return drawn.toString("hex", used, (used += versionLength));
}

export function encodeRow({ bytes, version, expiresAt }: LmdbRow): Buffer {
  const row = Buffer.allocUnsafeSlow(headerLength + bytes.length);
  row[0] = format;
  row.write(version, 1, "hex");
  row.writeDoubleLE(expiresAt, 1 + versionLength);
  row.set(bytes, headerLength);
  return row;
}

/** What `decodeRow` finds but the bytes, which are not copied. */
export function versionOf(row: Buffer): Pick<LmdbRow, "version" | "expiresAt"> | undefined {
  if (row.length < headerLength || row[0] !== format) return undefined;
  return {
    version: row.toString("hex", 1, 1 + versionLength),
    expiresAt: row.readDoubleLE(1 + versionLength),
  };
}

/** Undefined where it is none. Bytes are copied. */
export function decodeRow(row: Buffer): LmdbRow | undefined {
  if (row.length < headerLength || row[0] !== format) return undefined;
  return {
    bytes: new Uint8Array(row.subarray(headerLength)),
    version: row.toString("hex", 1, 1 + versionLength),
    expiresAt: row.readDoubleLE(1 + versionLength),
  };
}
