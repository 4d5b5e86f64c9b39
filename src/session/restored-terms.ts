import { Reader, Writer } from "../bytes/index.js";
import type { ReceivedCounts } from "./count-lease.js";
import { encodeTerms, readTerms, type Terms } from "./terms.js";

/** What an end says first in a restored session, sealed. */
export interface RestoredTerms extends Terms {
  /** What it has received for certain in this session. */
  readonly received: ReceivedCounts;
}

/** 136 bytes. @see PROTOCOL, section 20.6 */
export function encodeRestoredTerms(terms: RestoredTerms): Uint8Array {
  const { messages, bytes } = terms.received;
  return new Writer().bytes(encodeTerms(terms)).u64(BigInt(messages)).u64(BigInt(bytes)).finish();
}

/** @throws frame-malformed */
export function decodeRestoredTerms(body: Uint8Array): RestoredTerms {
  const reader = new Reader(body, "frame-malformed", "first word of a restored session");
  const terms = readTerms(reader);
  const [messages, bytes] = [reader.u64(), reader.u64()];
  reader.end();
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  if (messages > most || bytes > most) reader.fail("counts more than 2^53 - 1");
  return { ...terms, received: { messages: Number(messages), bytes: Number(bytes) } };
}
