import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TemporaryProject, root } from "./temporary-project.js";

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

/** Each row: the rule that must be broken, and the one import that breaks it. */
const breaches: readonly (readonly [rule: string, file: string, text: string])[] = [
  ["layer-errors", "src/errors/a.ts", `import "../bytes/index.js";`],
  ["layer-bytes", "src/bytes/a.ts", `import "../crypto/index.js";`],
  ["layer-crypto", "src/crypto/a.ts", `import "../ports/index.js";`],
  ["layer-ports", "src/ports/a.ts", `import "../crypto/index.js";`],
  ["layer-noise", "src/noise/a.ts", `import "../record/index.js";`],
  ["layer-record", "src/record/a.ts", `import "../session/index.js";`],
  [
    "layer-record",
    "src/record/b.ts",
    `import type { value } from "../session/index.js"; export type B = typeof value;`,
  ],
  ["layer-session", "src/session/a.ts", `import "../manager/index.js";`],
  ["layer-manager", "src/manager/a.ts", `import "../stores/memory.js";`],
  ["layer-streams", "src/streams/a.ts", `import "../session/index.js";`],
  ["layer-attach", "src/attach/a.ts", `import "../transports/memory.js";`],
  ["layer-session", "src/session/d.ts", `import "../streams/index.js";`],
  ["layer-transports", "src/transports/a.ts", `import "../session/index.js";`],
  ["known-folder", "src/unheard-of/a.ts", `import "../bytes/index.js";`],
  ["no-command-in-library", "src/testing/a.ts", `import "../cli/main.js";`],
  ["no-wiring-from-below", "src/manager/b.ts", `import "../testing/index.js";`],
  ["through-index", "src/noise/b.ts", `import "../crypto/hidden.js";`],
  ["node-where-named", "src/session/b.ts", `import "node:crypto";`],
  [
    "node-where-named",
    "src/crypto/noble-a.ts",
    `import type { KeyObject } from "node:crypto"; export type A = KeyObject;`,
  ],
  ["package-where-named-1", "src/record/c.ts", `import "@noble/hashes/sha2.js";`],
  ["package-where-named-2", "src/manager/c.ts", `import "commander";`],
  ["package-where-named-3", "src/stores/b.ts", `import "lmdb";`],
  ["package-where-named-4", "src/attach/b.ts", `import "ws";`],
  ["node-where-named", "src/attach/c.ts", `import "node:net";`],
  ["no-other-package", "src/cli/a.ts", `import "esbuild";`],
  ["no-cycles", "src/bytes/b.ts", `import "./c.js";`],
  ["not-from-tests", "src/manager/d.ts", `import "../../test/a.js";`],
  ["no-unresolved", "src/bytes/d.ts", `import "./missing.js";`],
];

/** What the rules must let pass. */
const sound: readonly (readonly [file: string, text: string])[] = [
  ["src/crypto/node-a.ts", `import "node:crypto";\nimport "../bytes/index.js";`],
  ["src/crypto/noble-b.ts", `import "@noble/hashes/sha2.js";`],
  ["src/session/c.ts", `import "../record/index.js";\nimport "../ports/index.js";`],
  ["src/cli/b.ts", `import "commander";\nimport "node:fs";\nimport "../index.js";`],
  ["src/manager/e.ts", `import "../streams/index.js";\nimport "../attach/index.js";`],
  ["src/transports/websocket-node.ts", `import "ws";\nimport "../attach/index.js";`],
  ["src/index.ts", `import "./manager/index.js";\nimport "./crypto/node-a.js";`],
];

describe("the rules of the layers", () => {
  const project = new TemporaryProject();
  let violations: Violation[];

  beforeAll(() => {
    for (const folder of [
      "bytes",
      "crypto",
      "ports",
      "noise",
      "record",
      "session",
      "manager",
      "testing",
    ].concat(["streams", "attach"]))
      project.write(`src/${folder}/index.ts`, "export const value = 1;");
    for (const path of [
      "src/cli/main.ts",
      "src/stores/memory.ts",
      "src/transports/memory.ts",
      "src/crypto/hidden.ts",
      "test/a.ts",
    ])
      project.write(path, "export const value = 1;");
    project.write("src/bytes/c.ts", `import "./b.js";`);
    for (const [, file, text] of breaches) project.write(file, text);
    for (const [file, text] of sound) project.write(file, text);

    const { stdout } = spawnSync(
      process.execPath,
      [
        join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs"),
        ...["--config", join(root, ".dependency-cruiser.mjs"), "--output-type", "json", "src"],
      ],
      { cwd: project.folder, encoding: "utf8", maxBuffer: 1 << 26 },
    );
    violations = (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
  });
  afterAll(() => project.remove());

  it.each(breaches)("%s refuses %s", (rule, file) => {
    expect(violations.filter(({ from }) => from === file).map(found => found.rule.name)).toContain(rule);
  });

  it.each(sound)("nothing refuses %s", file => {
    expect(violations.filter(({ from }) => from === file)).toEqual([]);
  });
});
