// `npm run -s timing -- [--samples N]`: whether the kernel's time tells anything of secrets. Two classes of calls in random order, and Welch's t between their
// times: beyond 4.5 they differ. No test of the project: a machine's noise, and its number of samples, decide what it can see.
import { randomBytes, randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { ensureBuilt } from "./ensure-built.mjs";
import { setUpProject } from "./set-up.mjs";
import { cropped, welch } from "./timing/welch.mjs";

const { values } = parseArgs({ options: { samples: { type: "string", default: "200000" } } });
setUpProject();
await ensureBuilt();
const { sharedKernel } = await import(new URL("../dist/crypto/kernel.js", import.meta.url));
const { nobleProvider } = await import(new URL("../dist/crypto/noble-provider.js", import.meta.url));
if (sharedKernel() === undefined) throw new Error("There is no kernel in this runtime.");

const samples = Number(values.samples);
/** Calls in one measurement: the clock is coarser than a call. */
const calls = 8;
const threshold = 4.5;
const crops = [1, 0.99, 0.9, 0.5];

/** Times, in nanoseconds, of each of two acts, in random order. */
function measure(acts) {
  const times = [[], []];
  const order = randomBytes(samples);
  for (const act of acts) for (let i = 0; i < 20_000; i++) act();
  for (const random of order) {
    const chosen = random & 1;
    const act = acts[chosen];
    const begin = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) act();
    times[chosen].push(Number(process.hrtime.bigint() - begin));
  }
  return times;
}

const none = new Uint8Array(0);
const length = 64;

/** Opens a record whose tag is wrong in one byte. */
function opening(key, byte) {
  const record = new Uint8Array(28 + length);
  key.sealRecord(none, randomBytes(length), record, 0);
  record[12 + byte] ^= 1 << randomInt(8);
  const plaintext = new Uint8Array(length);
  return () => key.openRecord(record, none, plaintext);
}

/** Seals the same text under a key. */
function sealing(keyBytes) {
  const key = nobleProvider.aead.key(keyBytes);
  const [plaintext, record] = [new Uint8Array(length), new Uint8Array(28 + length)];
  return () => key.sealRecord(none, plaintext, record, 0);
}

const key = nobleProvider.aead.key(randomBytes(32));
const comparisons = [
  ["tags compared: the first byte wrong, the last byte wrong", [opening(key, 0), opening(key, 15)]],
  [
    "sealed under a key of zeros, and under a random one",
    [sealing(new Uint8Array(32)), sealing(randomBytes(32))],
  ],
  ["the same twice, for what noise makes of it", [sealing(new Uint8Array(32)), sealing(new Uint8Array(32))]],
];

let seen = 0;
for (const [what, acts] of comparisons) {
  const [a, b] = measure(acts);
  console.log(what);
  for (const share of crops) {
    const { t, counts, means } = welch(...cropped(a, b, share));
    const each = means.map(mean => (mean / calls).toFixed(1)).join(" and ");
    console.log(
      `  the fastest ${share * 100} %: |t| = ${Math.abs(t).toFixed(2)}, ${counts.join(" and ")} samples, ${each} ns a call`,
    );
    if (Math.abs(t) > threshold) seen++;
  }
}
console.log(`${seen} of ${comparisons.length * crops.length} beyond ${threshold}`);
