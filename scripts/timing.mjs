// `npm run -s timing -- [--samples N]`: whether the kernel's time tells anything of secrets. Two classes of calls in random order, and Welch's t between their
// times: beyond 4.5 they differ. No test of the project: a machine's noise, and its number of samples, decide what it can see.
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { ensureBuilt } from "./ensure-built.mjs";
import { setUpProject } from "./set-up.mjs";
import { cropped, welch } from "./timing/welch.mjs";

const { values } = parseArgs({ options: { samples: { type: "string", default: "200000" } } });
setUpProject();
await ensureBuilt();
const { sharedKernel } = await import(new URL("../dist/crypto/kernel.js", import.meta.url).href);
const { nobleProvider } = await import(new URL("../dist/crypto/noble-provider.js", import.meta.url).href);
const { KernelKey } = await import(new URL("../dist/crypto/kernel-key.js", import.meta.url).href);
const kernel = sharedKernel();
if (kernel === undefined) throw new Error("There is no kernel in this runtime.");

const samples = Number(values.samples);
/** Calls in one measurement: the clock is coarser than a call. */
const calls = 8;
const threshold = 4.5;
const crops = [1, 0.99, 0.9, 0.5];

/** Times, in nanoseconds, of `act` after `prepare(0)` and after `prepare(1)`, in random order. All else is the same: buffers, key slot, code. */
function measure({ prepare, act }) {
  const times = [[], []];
  for (let i = 0; i < 40_000; i++) {
    prepare(i & 1);
    act();
  }
  for (const random of randomBytes(samples)) {
    const chosen = random & 1;
    prepare(chosen);
    const begin = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) act();
    times[chosen].push(Number(process.hrtime.bigint() - begin));
  }
  return times;
}

const none = new Uint8Array(0);
const length = 64;

/** Opens a record whose tag is wrong in one bit of one of two bytes. */
function opening(bytes) {
  const key = nobleProvider.aead.key(randomBytes(32));
  const record = new Uint8Array(28 + length);
  key.sealRecord(none, randomBytes(length), record, 0);
  const tag = record.slice(12, 28);
  const plaintext = new Uint8Array(length);
  return {
    prepare: chosen => {
      record.set(tag, 12);
      record[12 + bytes[chosen]] ^= 0x10;
    },
    act: () => key.openRecord(record, none, plaintext),
  };
}

/** Seals the same text under one of two keys, which lie in the same place in turn. */
function sealing(keys) {
  const slot = kernel.keys.take(keys[0]);
  const long = { longest: kernel.textSize, cipher: undefined };
  const key = new KernelKey(kernel, slot, long);
  const [plaintext, record] = [new Uint8Array(length), new Uint8Array(28 + length)];
  return {
    prepare: chosen => kernel.keys.bytes(slot).set(keys[chosen]),
    act: () => key.sealRecord(none, plaintext, record, 0),
  };
}

/** Authenticates the same text under one of two keys. */
function authenticating(keys) {
  const [key, text] = [new Uint8Array(32), new Uint8Array(length)];
  return { prepare: chosen => key.set(keys[chosen]), act: () => nobleProvider.hash.hmac(key, text) };
}

const zeros = new Uint8Array(32);
/** @type {[string, { prepare: (chosen: number) => void, act: () => unknown }][]} */
const comparisons = [
  ["tags compared: the first byte wrong, the last byte wrong", opening([0, 15])],
  ["sealed under a key of zeros, and under a random one", sealing([zeros, randomBytes(32)])],
  ["HMAC under a key of zeros, and under a random one", authenticating([zeros, randomBytes(32)])],
  ["the same twice, for what noise makes of it", sealing([zeros, zeros])],
];

let seen = 0;
for (const [what, comparison] of comparisons) {
  const [a, b] = measure(comparison);
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
