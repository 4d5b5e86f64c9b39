import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { tableRows } from "./markdown.js";
import { projectFile } from "./protocol-page.js";

const page = projectFile("docs/THREAT-MODEL.md");
const folder = fileURLToPath(new URL("../", import.meta.url));

/** The numbers at the beginning of a test's name: `it("R13 R16 ...`, also where a title follows a table of cases. */
const testName = /["'`]((?:[SRHTX]\d{1,2} )+)[^"'`]/g;

/** For each number, the files that have a test of it. */
const tested = new Map<string, Set<string>>();
for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
  if (!path.endsWith(".ts") || path.includes("node_modules") || path.startsWith("docs/")) continue;
  for (const [, numbers] of readFileSync(folder + path, "utf8").matchAll(testName)) {
    for (const number of numbers!.trim().split(" ")) {
      tested.set(number, (tested.get(number) ?? new Set()).add(`test/${path}`));
    }
  }
}

const rows = tableRows(page, "number");
const defined = rows.map(row => row[0]!);

describe("the attacks of THREAT-MODEL", () => {
  it("each has its own row", () => {
    expect(defined).toEqual([...new Set(defined)]);
  });

  it.each(rows)("%s %s: the files named have a test of it", (number, _, files) => {
    const named = [...files.matchAll(/`([^`]+)`/g)].map(match => match[1]!);
    expect(named.length).toBeGreaterThan(0);
    for (const file of named) expect([...(tested.get(number) ?? [])]).toContain(file);
  });

  it("has a row for every number that a test begins with", () => {
    expect([...tested.keys()].filter(number => !defined.includes(number)).sort()).toEqual([]);
  });

  it("refers to no number without a row", () => {
    const cited = [...page.matchAll(/`([SRHTX]\d{1,2})`/g)].map(match => match[1]!);
    expect([...new Set(cited)].filter(number => !defined.includes(number))).toEqual([]);
  });
});
