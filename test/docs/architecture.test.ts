import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { code, tableRows } from "./markdown.js";
import { projectFile } from "./protocol-page.js";

const table = new URL("../../layers.mjs", import.meta.url).href;
const { layers, wiring } = (await import(table)) as {
  layers: Readonly<Record<string, readonly string[]>>;
  wiring: readonly string[];
};
const folders = readdirSync(fileURLToPath(new URL("../../src/", import.meta.url)), { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(entry => entry.name);

it("ARCHITECTURE has every folder of src, with what it may import", () => {
  const said = tableRows(projectFile("docs/ARCHITECTURE.md"), "folder").map(([name, , imports]) => [
    code(name!),
    imports,
  ]);
  const right = folders.map(name => {
    const allowed = layers[name]?.filter(other => folders.includes(other));
    if (allowed === undefined) expect(wiring).toContain(name);
    return [name, allowed?.join(", ") || (allowed === undefined ? "anything" : "nothing")];
  });
  expect(Object.fromEntries(said)).toEqual(Object.fromEntries(right));
});
