import { Writer, type Reader } from "../bytes/index.js";
import { decodeLimits, encodedLimitsLength, encodeLimits, type SessionLimits } from "./limits.js";

/** What an end asks for where a lineage goes on: its limits, and what it leaves of the lineage. */
export interface Terms {
  readonly limits: SessionLimits;
  /** Milliseconds of the lineage's hard edge that are left, by the sender's own clocks. */
  readonly lineageLeft: number;
}

/** Bytes of encoded terms. */
export const encodedTermsLength = encodedLimitsLength + 8;

/** The bytes of `terms`. @see PROTOCOL, section 15.2 */
export function encodeTerms({ limits, lineageLeft }: Terms): Uint8Array {
  return new Writer()
    .bytes(encodeLimits(limits))
    .u64(BigInt(Math.floor(lineageLeft)))
    .finish();
}

/** Reads terms; what follows is the caller's. @throws frame-malformed, and the reader's code */
export function readTerms(reader: Reader): Terms {
  const limits = decodeLimits(reader.bytes(encodedLimitsLength));
  const left = reader.u64();
  if (left > BigInt(Number.MAX_SAFE_INTEGER)) reader.fail("leaves the lineage more than 2^53 ms");
  return { limits, lineageLeft: Number(left) };
}
