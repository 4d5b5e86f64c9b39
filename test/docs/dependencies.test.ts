import { expect, it } from "vitest";
import { code } from "./markdown.js";
import { packageWeight } from "./package-weight.js";
import { projectFile } from "./protocol-page.js";

const manifest = JSON.parse(projectFile("package.json")) as Record<
  "dependencies" | "devDependencies",
  Record<string, string>
>;
const rows = new Map(
  projectFile("docs/DEPENDENCIES.md")
    .split("\n")
    .filter(line => line.startsWith("| `"))
    .map(line =>
      line
        .slice(1, -1)
        .split("|")
        .map(cell => cell.trim()),
    )
    .map(([name, version, weight, why, others]) => [code(name!), { version, weight, why, others }]),
);

it("DEPENDENCIES has a line for each dependency, and no other", () => {
  const names = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)];
  expect([...rows.keys()].sort()).toEqual(names.sort());
  for (const [name, { why, others }] of rows) expect([why, others].every(Boolean), name).toBe(true);
});

it.each(Object.keys(manifest.dependencies))("DEPENDENCIES gives the version and weight of %s", name => {
  expect(rows.get(name)).toMatchObject(packageWeight(name));
});
