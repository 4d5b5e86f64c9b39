import { readU32LittleEndian, writeU32LittleEndian, type Counter64 } from "../bytes/index.js";
import { nonceLength, recordOverhead, tagLength } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";

export { nonceLength, recordOverhead, tagLength };
/** Bytes of the longest plaintext: 1 MiB. */
export const maxPlaintextLength = 1_048_576;
/** Bytes of the longest record. */
export const maxRecordLength = maxPlaintextLength + recordOverhead;
/** The highest rotation, and the highest generation. Neither wraps. */
export const maxRotation = 0xffff;

/**
 * The epoch of `generation` and `rotation`, each 0 to 65535.
 *
 * @see PROTOCOL, section 2.1
 */
export function epochOf(generation: number, rotation: number): number {
  return generation * 0x1_0000 + rotation;
}

/** The generation of an epoch: its high 16 bits. */
export function generationOf(epoch: number): number {
  return epoch >>> 16;
}

/** The rotation of an epoch: its low 16 bits. */
export function rotationOf(epoch: number): number {
  return epoch & 0xffff;
}

/** Writes the nonce of `counter` and `epoch` to 12 bytes at `offset`. */
export function writeNonce(bytes: Uint8Array, offset: number, counter: Counter64, epoch: number): void {
  writeU32LittleEndian(bytes, offset, counter.low);
  writeU32LittleEndian(bytes, offset + 4, counter.high);
  writeU32LittleEndian(bytes, offset + 8, epoch);
}

/** The lower half of the counter of a record (12 bytes at least). */
export function counterLowOf(record: Uint8Array): number {
  return readU32LittleEndian(record, 0);
}

/** The upper half of the counter of a record (12 bytes at least). */
export function counterHighOf(record: Uint8Array): number {
  return readU32LittleEndian(record, 4);
}

/** The epoch that a record (12 bytes at least) says it is under. Nothing vouches for it before the tag has held. */
export function epochOfRecord(record: Uint8Array): number {
  return readU32LittleEndian(record, 8);
}

/**
 * Refuses a plaintext that no record can carry: its length must be 1 to 1,048,576 bytes.
 *
 * @throws plaintext-empty, plaintext-too-large; nothing has changed then
 */
export function checkPlaintext(plaintext: Uint8Array): void {
  if (plaintext.length === 0) {
    throw new SessionError(
      "plaintext-empty",
      `Cannot encrypt empty message: it has 0 bytes, 1 to ${maxPlaintextLength} are needed. Give at least one byte.`,
    );
  }
  if (plaintext.length > maxPlaintextLength) {
    throw new SessionError(
      "plaintext-too-large",
      `Message too large for encryption: it has ${plaintext.length} bytes, the limit is ${maxPlaintextLength}. ` +
        "Send it in several messages.",
    );
  }
}

/**
 * Refuses an output that is shorter than what goes into it: `needed` bytes.
 *
 * @throws invalid-argument; nothing has changed then
 */
export function checkOutput(output: Uint8Array, needed: number): void {
  if (output.length >= needed) return;
  throw new SessionError(
    "invalid-argument",
    `The output has ${output.length} bytes, ${needed} are needed: give a longer one.`,
  );
}

/**
 * Refuses a record whose length, 29 to 1,048,604 bytes, or counter, 1 to 2^64 - 2, no sealer makes. No cryptography.
 *
 * @throws record-too-short, record-too-long, record-forged; nothing has changed then
 */
export function checkRecord(record: Uint8Array): void {
  if (record.length <= recordOverhead) {
    throw new SessionError(
      "record-too-short",
      `Ciphertext too short (minimum ${recordOverhead} bytes: ${nonceLength} nonce + ${tagLength} tag): ` +
        `the record has ${record.length} bytes, and at least 1 of ciphertext must follow those ${recordOverhead}. ` +
        "Pass on whole records only.",
    );
  }
  if (record.length > maxRecordLength) {
    throw new SessionError(
      "record-too-long",
      `Ciphertext too large: the record has ${record.length} bytes, the limit is ${maxRecordLength}. ` +
        "Pass on whole records, one at a time.",
    );
  }
  const low = counterLowOf(record);
  const high = counterHighOf(record);
  if ((low === 0 && high === 0) || (low === 0xffff_ffff && high === 0xffff_ffff)) throw forged();
}

/** The one error for all that did not come from the peer as it stands. */
export function forged(): SessionError<"record-forged"> {
  return new SessionError(
    "record-forged",
    "The record is not authentic: it was changed on the way, or sealed for another session, direction, epoch or frame.",
  );
}
