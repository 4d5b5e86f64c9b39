import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { codeBlocks } from "./markdown.js";
import { buildPackage, programsOf, run, typeErrors } from "./programs.js";
import { projectFile } from "./protocol-page.js";

const folder = fileURLToPath(new URL("../../", import.meta.url));
const pages = [
  ...readdirSync(folder).filter(name => name.endsWith(".md")),
  ...readdirSync(`${folder}docs`)
    .filter(name => name.endsWith(".md"))
    .map(name => `docs/${name}`),
];
const programs = pages.flatMap(page =>
  programsOf(projectFile(page)).map(program => ({ ...program, name: `${page}, line ${program.line}` })),
);
const longestFirstProgram = 15;

beforeAll(buildPackage, 120_000);

describe("the programs of the pages", () => {
  it("are there", () => {
    expect(programs.filter(({ name }) => name.startsWith("README.md")).length).toBeGreaterThan(1);
  });

  it("hold for the compiler where they are TypeScript; a wrong type would not", () => {
    const typed = programs.filter(({ language }) => language === "ts");
    const wrong = 'import { Identity } from "bowline";\nconst id: number = Identity.generate().id;';
    const errors = typeErrors([...typed.map(({ source }) => source), wrong]);
    expect(errors.pop()).toHaveLength(1);
    expect(Object.fromEntries(typed.map(({ name }, i) => [name, errors[i]]))).toEqual(
      Object.fromEntries(typed.map(({ name }) => [name, []])),
    );
  }, 90_000);

  it.each(programs)("$name: runs as printed", program => {
    const printed = run(program);
    if (program.prints !== undefined) expect(printed).toBe(program.prints);
  });

  it("a program that throws is a failure", () => {
    expect(() =>
      run({ language: "ts", source: "const text: string = 'no';\nthrow new Error(text);" }),
    ).toThrow("no");
  });
});

describe("README", () => {
  const readme = projectFile("README.md");
  const [first] = codeBlocks(readme).filter(({ language }) => language === "js");

  it("shows the first program as it stands in examples", () => {
    expect(first?.text).toBe(projectFile("examples/first-program.mjs"));
    const lines = first!.text.split("\n").filter(line => line.trim() !== "");
    expect(lines.length).toBeLessThanOrEqual(longestFirstProgram);
  });

  it("names commands that are there", () => {
    const { scripts } = JSON.parse(projectFile("package.json")) as { scripts: Record<string, string> };
    for (const [, script] of readme.matchAll(/npm (?:run )?(start|test|build)\b/g)) {
      expect(Object.keys(scripts)).toContain(script);
    }
    expect(existsSync(`${folder}examples/two-processes`)).toBe(true);
  });
});
