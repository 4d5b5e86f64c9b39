import { join } from "node:path";
import { ESLint } from "eslint";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TemporaryProject, root } from "./temporary-project.js";

/** Each row: the rule that must be broken, and the code that breaks it. */
const breaches: readonly (readonly [rule: string, file: string, text: string])[] = [
  ["@typescript-eslint/no-floating-promises", "src/session/a.ts", `Promise.resolve(1);`],
  [
    "@typescript-eslint/no-misused-promises",
    "src/session/b.ts",
    `if (Promise.resolve(true)) throw new Error();`,
  ],
  [
    "@typescript-eslint/switch-exhaustiveness-check",
    "src/session/c.ts",
    `export const f = (x: "a" | "b"): number => { switch (x) { case "a": return 1; } return 2; };`,
  ],
  ["@typescript-eslint/no-explicit-any", "src/session/d.ts", `export const x: any = 1;`],
  [
    "@typescript-eslint/consistent-type-imports",
    "src/session/e.ts",
    `import { value } from "../value.js"; export type V = typeof value;`,
  ],
  ["no-restricted-properties", "src/session/f.ts", `export const x = Date.now();`],
  ["no-restricted-syntax", "src/session/g.ts", `export const x = new Date();`],
  ["no-restricted-properties", "src/session/h.ts", `export const x = Math.random();`],
  ["no-restricted-properties", "src/session/i.ts", `export const x = performance.now();`],
  ["no-restricted-globals", "src/session/j.ts", `setTimeout(() => undefined, 1);`],
  ["no-restricted-globals", "src/session/k.ts", `console.log("x");`],
  ["no-restricted-globals", "src/session/l.ts", `export const x = Buffer.alloc(1);`],
  ["no-restricted-globals", "src/session/m.ts", `export const x = process.pid;`],
  ["no-restricted-globals", "src/crypto/node-n.ts", `setTimeout(() => undefined, 1);`],
  ["no-restricted-globals", "src/transports/memory.ts", `export const x = process.pid;`],
  ["no-restricted-properties", "src/session/n.ts", `export const x = globalThis.process;`],
  ["no-restricted-syntax", "src/session/o.ts", `export const x = await Promise.resolve(1);`],
  ["no-restricted-syntax", "src/session/p.ts", `export enum E { a }`],
  ["no-restricted-syntax", "src/session/q.ts", `export class C { constructor(readonly x: number) {} }`],
  ["no-restricted-properties", "sim/a.ts", `export const x = Date.now();`],
  ["no-restricted-globals", "sim/b.ts", `setTimeout(() => undefined, 1);`],
  ["@typescript-eslint/ban-ts-comment", "src/session/r.ts", `// @ts-ignore\nexport const x = 1;`],
];

/** What the rules must let pass. */
const sound: readonly (readonly [file: string, text: string])[] = [
  ["src/session/s.ts", `export const f = async (): Promise<number> => await Promise.resolve(1);`],
  ["src/crypto/node-a.ts", `export const x = Buffer.alloc(1);`],
  ["src/transports/tcp.ts", `export const x = process.pid;\nsetTimeout(() => undefined, 1);`],
  ["src/transports/websocket.ts", `setTimeout(() => undefined, 1);`],
  ["src/manager/system-clock.ts", `export const now = (): number => Date.now();`],
  ["src/cli/a.ts", `console.log(process.pid, Date.now(), Buffer.alloc(1));\nsetTimeout(() => undefined, 1);`],
];

describe("the linter's rules", () => {
  const project = new TemporaryProject();
  const broken = new Map<string, string[]>();

  beforeAll(async () => {
    project.write("src/value.ts", "export const value = 1;");
    for (const [, file, text] of breaches) project.write(file, text);
    for (const [file, text] of sound) project.write(file, text);
    const eslint = new ESLint({ cwd: project.folder, overrideConfigFile: join(root, "eslint.config.mjs") });
    for (const result of await eslint.lintFiles(["src", "sim"]))
      broken.set(
        result.filePath.slice(project.folder.length + 1),
        result.messages.map(message => message.ruleId ?? message.message),
      );
  });
  afterAll(() => project.remove());

  it.each(breaches)("%s refuses %s: %s", (rule, file) => {
    expect(broken.get(file)).toContain(rule);
  });

  it.each(sound)("nothing refuses %s", file => {
    expect(broken.get(file)).toEqual([]);
  });
});
