// `npm run -s differential -- --cases N [--seed S]`: the kernel beside node:crypto and noble, on N random cases. Exit status: 0 all agree, 1 one does not.
import { parseArgs } from "node:util";
import { runCases } from "./differential/cases.mjs";
import { runHashCases } from "./differential/hash-cases.mjs";
import { ensureBuilt } from "./ensure-built.mjs";
import { setUpProject } from "./set-up.mjs";

const { values } = parseArgs({
  options: { cases: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
});
setUpProject();
await ensureBuilt();
const { sharedKernel } = await import(new URL("../dist/crypto/kernel.js", import.meta.url).href);
const { nobleProvider } = await import(new URL("../dist/crypto/noble-provider.js", import.meta.url).href);
const { nodeProvider } = await import(new URL("../dist/crypto/node-provider.js", import.meta.url).href);
if (sharedKernel() === undefined) throw new Error("There is no kernel in this runtime.");

const [cases, seed] = [Number(values.cases), Number(values.seed)];
const step = 200_000;
const begin = performance.now();
const total = {
  lengths: new Set(),
  alignments: new Set(),
  associatedLengths: new Set(),
  noble: 0,
  keyLengths: new Set(),
  parts: new Set(),
  outputs: new Set(),
};
for (let from = 0; from < cases; from += step) {
  const to = Math.min(from + step, cases);
  const seen = runCases({ aeads: [nobleProvider.aead, nodeProvider.aead], seed, from, to });
  for (const name of ["lengths", "alignments", "associatedLengths"])
    for (const value of seen[name]) total[name].add(value);
  total.noble += seen.noble;
  const hashed = runHashCases({ providers: [nobleProvider, nodeProvider], seed, from, to });
  for (const name of ["keyLengths", "parts", "outputs"])
    for (const value of hashed[name]) total[name].add(value);
  const seconds = ((performance.now() - begin) / 1000).toFixed(0);
  process.stderr.write(`${to.toLocaleString("en-US")} cases agree (${seconds} s)\n`);
}
const upTo = (set, most) => [...set].filter(value => value <= most).length;
console.log(
  `${cases} cases agree under seed ${seed}: ${upTo(total.lengths, 2048)} of the 2,049 lengths to 2 KiB and ${total.lengths.size - upTo(total.lengths, 2048)} longer ones, ` +
    `${total.alignments.size} of the 256 pairs of alignments, ${upTo(total.associatedLengths, 300)} of the 301 lengths of associated data to 300 and ${total.associatedLengths.size - upTo(total.associatedLengths, 300)} longer ones; ` +
    `${total.noble} of them with noble, too. As many changed records were refused, and wrote nothing. ` +
    `As many digests, HMACs and outputs of HKDF agree: in 1 to ${total.parts.size} parts, under ${total.keyLengths.size} lengths of keys, ${total.outputs.size} lengths of outputs.`,
);
