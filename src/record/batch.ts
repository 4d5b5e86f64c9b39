import { Reader } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import { checkPlaintext, maxPlaintextLength } from "./record-format.js";

const lengthPrefix = 4;
/** Items of one batch at the most. Each becomes a message of its own at the reader, all in one turn: it bounds that turn. */
export const maxBatchItems = 4_096;

/**
 * The plaintext of a batch: for each item its length, u32 big-endian, and its bytes. `items`: one at least, none
 * empty, at most 4,096, all with their lengths at most 1,048,576 bytes. Limits count `items.length` messages. The result is the
 * caller's.
 *
 * @throws batch-empty, batch-too-long, plaintext-empty, plaintext-too-large
 * @see PROTOCOL, section 3.5
 */
export function encodeBatch(items: readonly Uint8Array[]): Uint8Array {
  if (items.length === 0)
    throw new SessionError("batch-empty", "Cannot encrypt empty batch: give at least one message.");
  if (items.length > maxBatchItems) {
    throw new SessionError(
      "batch-too-long",
      `The batch has ${items.length} messages, the limit is ${maxBatchItems}: send it in several batches.`,
    );
  }
  let length = 0;
  for (const item of items) {
    checkPlaintext(item);
    length += lengthPrefix + item.length;
  }
  if (length > maxPlaintextLength) {
    throw new SessionError(
      "plaintext-too-large",
      `Message too large for encryption: the batch has ${length} bytes with ${lengthPrefix} for the length of each item, ` +
        `the limit is ${maxPlaintextLength}. Send it in several batches.`,
    );
  }
  const plaintext = new Uint8Array(length);
  const view = new DataView(plaintext.buffer);
  let offset = 0;
  for (const item of items) {
    view.setUint32(offset, item.length);
    plaintext.set(item, offset + lengthPrefix);
    offset += lengthPrefix + item.length;
  }
  return plaintext;
}

/**
 * The items of a batch, one at least, none empty, each in a buffer of its own that the caller owns. Limits count as
 * many messages as there are items. `plaintext`: 1 to 1,048,576 bytes.
 *
 * @throws batch-malformed
 * @see PROTOCOL, section 3.5
 */
export function decodeBatch(plaintext: Uint8Array): Uint8Array[] {
  const reader = new Reader(plaintext, "batch-malformed", "batch");
  if (plaintext.length > maxPlaintextLength) {
    reader.fail(`has ${plaintext.length} bytes, the limit is ${maxPlaintextLength}`);
  }
  const items: Uint8Array[] = [];
  do {
    const length = reader.u32();
    if (length === 0) reader.fail("has an empty item");
    if (items.length === maxBatchItems) reader.fail(`has more than ${maxBatchItems} items`);
    items.push(reader.copy(length));
  } while (reader.remaining > 0);
  return items;
}
