// Runs files of Wycheproof test vectors with each provider. Exit status: 0 all passed, 1 one failed, 2 wrong usage.
import { existsSync, readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { ensureBuilt } from "../ensure-built.mjs";
import { setUpProject } from "../set-up.mjs";
import { explain } from "./acceptable.mjs";
import { runFile } from "./run-file.mjs";

const usage =
  'Usage: npm run -s wycheproof -- FILE...   (or --explain: what is decided where a test is "acceptable")\n';
const shownFailures = 20;

async function loadSubjects() {
  setUpProject();
  await ensureBuilt();
  const load = path => import(new URL(`../../dist/${path}`, import.meta.url));
  const { SessionError } = await load("errors/index.js");
  const { nodeProvider } = await load("crypto/node-provider.js");
  const { nodeExtra } = await load("crypto/node-extra.js");
  const { nativeMlKem768 } = await load("crypto/node-ml-kem.js");
  const { nobleProvider } = await load("crypto/noble-provider.js");
  const { nobleExtra } = await load("crypto/noble-extra.js");
  const { makeAead } = await load("crypto/aead.js");
  const { nodeAead } = await load("crypto/node-aead.js");
  const { nobleAead } = await load("crypto/noble-aead.js");
  const { sharedKernel } = await load("crypto/kernel.js");
  const { chacha20poly1305 } = await import("@noble/ciphers/chacha.js");
  /** What serves where there is no kernel, and in Node for long texts. */
  const withoutKernel = (provider, cipher) => ({
    label: `${provider.name}, without the kernel`,
    provider: { ...provider, aead: makeAead("ChaChaPoly", cipher) },
    only: "CHACHA20-POLY1305",
  });
  const withKernel = ({ name }) => (sharedKernel() === undefined ? `${name}, no kernel here` : name);
  const isRefusal = error => SessionError.is(error);
  const mlKem =
    nativeMlKem768 === undefined
      ? `node:crypto of Node ${process.versions.node} has no ML-KEM-768`
      : undefined;
  return [
    {
      provider: nodeProvider,
      label: withKernel(nodeProvider),
      extra: nodeExtra,
      isRefusal,
      lacks: { mlKem },
    },
    { provider: nobleProvider, label: withKernel(nobleProvider), extra: nobleExtra, isRefusal },
    { ...withoutKernel(nodeProvider, nodeAead("chacha20-poly1305")), extra: nodeExtra, isRefusal },
    { ...withoutKernel(nobleProvider, nobleAead(chacha20poly1305)), extra: nobleExtra, isRefusal },
  ];
}

/** npm changes to the project's folder: a path may be meant from where the caller stands. */
function findFile(path) {
  const fromCaller = resolve(process.env.INIT_CWD ?? ".", path);
  return existsSync(path) ? path : fromCaller;
}

function runAll(paths, subjects) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const path of paths) {
    let file;
    try {
      file = JSON.parse(readFileSync(findFile(path), "utf8"));
      if (!Array.isArray(file.testGroups)) throw new Error("no testGroups in it");
    } catch (error) {
      total.failed++;
      console.log(`${basename(path)}: cannot be read as test vectors: ${error.message}`);
      continue;
    }
    for (const subject of subjects.filter(({ only }) => (only ?? file.algorithm) === file.algorithm)) {
      const report = runFile(file, subject);
      for (const count of ["passed", "failed", "skipped"]) total[count] += report[count];
      const { passed, failed, skipped } = report;
      console.log(
        `${basename(path)}, ${subject.label}: ${passed} passed, ${failed} failed, ${skipped} skipped`,
      );
      for (const [reason, count] of report.skips) console.log(`  ${count} skipped: ${reason}`);
      for (const failure of report.failures.slice(0, shownFailures)) console.log(`  FAILED ${failure}`);
      if (failed > shownFailures) console.log(`  and ${failed - shownFailures} more`);
    }
  }
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed === 0 ? 0 : 1;
}

const args = process.argv.slice(2);
if (args.includes("--explain")) {
  process.stdout.write(explain());
} else if (args.length === 0 || args.some(arg => arg.startsWith("-"))) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  process.exitCode = runAll(args, await loadSubjects());
}
