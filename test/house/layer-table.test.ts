import { readdirSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./temporary-project.js";

interface Table {
  readonly layers: Readonly<Record<string, readonly string[]>>;
  readonly wiring: readonly string[];
  readonly nodeFiles: readonly string[];
  readonly clockFiles: readonly string[];
}

const { layers, wiring, nodeFiles, clockFiles } = (await import(join(root, "layers.mjs"))) as Table;
const folders = readdirSync(join(root, "src"), { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(entry => entry.name);
const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).map(
  path => `src/${path.replaceAll("\\", "/")}`,
);

describe("the table of layers", () => {
  it("has a row for each folder of src, and none for a folder that is not there", () => {
    expect([...Object.keys(layers), ...wiring].sort()).toEqual(folders.sort());
  });

  it("names in its rows only folders that have a row", () => {
    for (const [folder, allowed] of Object.entries(layers))
      expect(
        allowed.filter(name => layers[name] === undefined),
        folder,
      ).toEqual([]);
  });

  it.each([...nodeFiles, ...clockFiles])("has a file for %s", glob => {
    expect(sources.some(path => matchesGlob(path, glob))).toBe(true);
  });
});
