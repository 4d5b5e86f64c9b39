// Which runtimes there are, how each is started, and which provider each must pick.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("node_modules", import.meta.url));

const packaged = (folder, file) => {
  const path = join(packages, folder, file);
  return existsSync(path) ? path : undefined;
};

const versionOf = folder => {
  const manifest = join(packages, folder, "package.json");
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")).version : undefined;
};

const node = major => ({
  name: `Node ${versionOf(`node${major}`) ?? major}`,
  program: packaged(`node${major}`, "bin/node"),
  args: [],
  expected: { default: "node", "node only": "node", "noble only": "noble" },
});

/** `program` is undefined where the runtime could not be installed. */
const installed = [
  node(20),
  node(22),
  node(24),
  {
    name: `Bun ${versionOf("bun") ?? ""}`.trim(),
    program: packaged("bun", "bin/bun.exe"),
    args: ["--no-install"],
    // Its node:crypto has no ChaCha20-Poly1305.
    expected: { default: "noble", "noble only": "noble" },
  },
  {
    name: `Deno ${versionOf("deno") ?? ""}`.trim(),
    program: packaged("deno", "bin.cjs") && process.execPath,
    args: [
      join(packages, "deno/bin.cjs"),
      "run",
      "--quiet",
      "--no-lock",
      "--cached-only",
      "--allow-read",
      "--allow-env",
    ],
    expected: { default: "node", "node only": "node", "noble only": "noble" },
  },
];

const thisNode = {
  ...node(20),
  name: `Node ${process.versions.node}, this one`,
  program: process.execPath,
};

/** The Node that runs us comes first, unless it is one of the others. */
export const runtimes = [20, 22, 24].some(major => versionOf(`node${major}`) === process.versions.node)
  ? installed
  : [thisNode, ...installed];
