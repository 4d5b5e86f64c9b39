// Random cases of ChaCha20-Poly1305, the same under the same seed: what the kernel seals must be what node:crypto seals, and in a share of the cases what
// noble seals; it must open, and nothing that was changed may.
import { createCipheriv } from "node:crypto";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { numbers, randomPool } from "./random.mjs";

/** Every length of a text from 0 to this, in bytes, comes in turn. */
const longestInTurn = 2048;
/** Every length of associated data from 0 to this, in bytes, comes in turn. */
const longestAssociatedInTurn = 300;
/** Of so many cases one has a text of up to 1 MiB, and one associated data of up to 70,000 bytes. */
const rare = 1000;
const longest = 1_048_576;
const longestAssociated = 70_000;
/** Of so many cases one is compared with noble, too. */
const nobleShare = 10;
const untouched = 0xa5;

/** The record, nonce | tag | ciphertext, as node:crypto makes it. */
function byNode({ key, nonce, associatedData, plaintext }) {
  const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
  cipher.setAAD(associatedData);
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]);
}

function byNoble({ key, nonce, associatedData, plaintext }) {
  const sealed = chacha20poly1305(key, nonce, associatedData).encrypt(plaintext);
  return Buffer.concat([nonce, sealed.subarray(plaintext.length), sealed.subarray(0, plaintext.length)]);
}

/** A view of `bytes` at an address whose remainder by 16 is `alignment`. */
const at = (bytes, alignment, length) => bytes.subarray(alignment, alignment + length);

/**
 * Runs the cases `from` to `to` (not included) under `seed` with the keys of one of `aeads`. Throws at the first that differs, and says which. Returns
 * what was covered.
 */
export function runCases({ aeads, seed, from = 0, to }) {
  const pool = randomPool(seed, longest + longestAssociated);
  const sentinel = new Uint8Array(longest).fill(untouched);
  const [input, output, opened] = [0, 0, 0].map(() => new Uint8Array(longest + 64));
  const seen = {
    cases: 0,
    lengths: new Set(),
    alignments: new Set(),
    associatedLengths: new Set(),
    noble: 0,
  };
  for (let index = from; index < to; index++) {
    const random = numbers(seed ^ Math.imul(index, 0x85eb_ca6b));
    const cut = (length, from_ = pool) =>
      from_.subarray(random(from_.length - length + 1)).subarray(0, length);
    const long = index % rare === 17;
    const length = long ? random(longest + 1) : index % (longestInTurn + 1);
    const [readAt, writeAt] = [Math.floor(index / (longestInTurn + 1)) % 16, random(16)];
    const associatedLength =
      index % rare === 18 ? random(longestAssociated + 1) : index % (longestAssociatedInTurn + 1);
    const plaintext = at(input, readAt, length);
    plaintext.set(cut(length));
    // The extremes make carries that chance does not.
    if (index % 16 === 3) plaintext.fill(index % 32 === 3 ? 0xff : 0);
    const test = { key: cut(32), nonce: cut(12), associatedData: cut(associatedLength), plaintext };
    const expected = byNode(test);
    const complain = what => {
      throw new Error(
        `case ${index} under seed ${seed} (${length} bytes, ${associatedLength} associated): ${what}`,
      );
    };
    if (index % nobleShare === 0) {
      seen.noble++;
      if (!byNoble(test).equals(expected)) complain("noble and node:crypto differ");
    }

    const key = aeads[random(aeads.length)].key(test.key);
    const record = at(output, writeAt, 28 + length);
    seal(key, test, record, index);
    if (!expected.equals(record)) complain("sealed otherwise than by node:crypto");
    const target = at(opened, random(16), length);
    if (!open(key, test.associatedData, record, target, index)) complain("does not open");
    if (Buffer.compare(target, plaintext) !== 0) complain("opens to another plaintext");

    target.fill(untouched);
    const bit = random(8 * (record.length + associatedLength));
    const changed = Uint8Array.from(test.associatedData);
    const [bytes, place] = bit < 8 * record.length ? [record, bit] : [changed, bit - 8 * record.length];
    bytes[place >> 3] ^= 1 << (place & 7);
    if (open(key, changed, record, target, index)) complain(`opens although bit ${bit} was changed`);
    if (Buffer.compare(target, sentinel.subarray(0, length)) !== 0) complain("writes what is not authentic");
    key.dispose();

    seen.cases++;
    seen.lengths.add(length);
    seen.alignments.add(readAt * 16 + writeAt);
    seen.associatedLengths.add(associatedLength);
  }
  return seen;
}

/** As a record, or every other time by its parts. */
function seal(key, { nonce, associatedData, plaintext }, record, index) {
  record.set(nonce);
  if (index % 2 === 0) key.sealRecord(associatedData, plaintext, record, 0);
  else key.seal(nonce, associatedData, plaintext, record.subarray(28), record.subarray(12, 28));
}

function open(key, associatedData, record, plaintext, index) {
  if (index % 4 === 0) return key.openRecord(record, associatedData, plaintext) !== undefined;
  if (index % 4 === 1) {
    const opened = key.openRecord(record, associatedData);
    if (opened !== undefined) plaintext.set(opened);
    return opened !== undefined;
  }
  return key.open(
    record.subarray(0, 12),
    associatedData,
    record.subarray(28),
    record.subarray(12, 28),
    plaintext,
  );
}
