// Random cases of SHA-256, HMAC and HKDF, the same under the same seed: what a provider computes must be what node:crypto computes.
import { createHash, createHmac, hkdfSync } from "node:crypto";
import { numbers, randomPool } from "./random.mjs";

/** Every length of a message from 0 to this, in bytes, comes in turn. */
const longestInTurn = 2048;
/** Every length of a key, of a salt and of an info from 0 to these, in bytes, comes in turn. */
const longestKeyInTurn = 130;
const longestSaltInTurn = 100;
const longestInfoInTurn = 400;
/** Every length of an output from 1 to this, in bytes, comes in turn. */
const longestOutputInTurn = 200;
const mostParts = 8;
/** Of so many cases one has a message of up to 70,000 bytes, and one an output of up to 8,160. */
const rare = 500;
const longest = 70_000;
const longestOutput = 8_160;

/** `message` in so many parts, of which some may be empty. */
function cutUp(message, count, random) {
  const cuts = Array.from({ length: Math.max(count - 1, 0) }, () => random(message.length + 1));
  const bounds = [0, ...cuts.sort((a, b) => a - b), message.length];
  return bounds.slice(1).map((end, index) => message.subarray(bounds[index], end));
}

/**
 * Runs the cases `from` to `to` (not included) under `seed` with one of `providers`. Throws at the first that differs, and says which. Returns what
 * was covered.
 */
export function runHashCases({ providers, seed, from = 0, to }) {
  const pool = randomPool(seed, 2 * longest);
  const seen = { cases: 0, lengths: new Set(), keyLengths: new Set(), parts: new Set(), outputs: new Set() };
  for (let index = from; index < to; index++) {
    const random = numbers(seed ^ Math.imul(index, 0x85eb_ca6b));
    const cut = length =>
      Uint8Array.from(pool.subarray(random(pool.length - length + 1)).subarray(0, length));
    const length = index % rare === 17 ? random(longest + 1) : index % (longestInTurn + 1);
    const outputLength = index % rare === 18 ? 1 + random(longestOutput) : 1 + (index % longestOutputInTurn);
    const message = cut(length);
    // The extremes make carries that chance does not.
    if (index % 16 === 3) message.fill(index % 32 === 3 ? 0xff : 0);
    const parts = cutUp(message, 1 + random(mostParts), random);
    const key = cut(index % (longestKeyInTurn + 1));
    const salt = cut(index % (longestSaltInTurn + 1));
    const info = cut(index % (longestInfoInTurn + 1));
    const provider = providers[random(providers.length)];
    const { hash, hkdf } = provider;
    const before = [message, key, salt, info].map(bytes => Buffer.from(bytes));
    const compare = (what, expected, computed) => {
      if (Buffer.compare(expected, computed) === 0) return;
      throw new Error(
        `case ${index} under seed ${seed} (${parts.length} parts of ${length} bytes, key ${key.length}, salt ${salt.length}, info ${info.length}, ` +
          `output ${outputLength}): ${provider.name} has another ${what} than node:crypto`,
      );
    };
    compare("digest", createHash("sha256").update(message).digest(), hash.hash(...parts));
    compare("HMAC", createHmac("sha256", key).update(message).digest(), hash.hmac(key, ...parts));
    compare(
      "output of HKDF",
      Buffer.from(hkdfSync("sha256", message, salt, info, outputLength)),
      hkdf(hash, message, salt, info, outputLength),
    );
    for (const [at, bytes] of [message, key, salt, info].entries()) compare("input", before[at], bytes);

    seen.cases++;
    seen.lengths.add(length);
    seen.keyLengths.add(key.length);
    seen.parts.add(parts.length);
    seen.outputs.add(outputLength);
  }
  return seen;
}
