import { describe, expect, it } from "vitest";
import { assemble } from "../../scripts/protocol-examples/library.mjs";
import { makeExamples, type Examples } from "../../scripts/protocol-examples/make.mjs";
import { fillPage, formatJson, formatValue } from "../../scripts/protocol-examples/page.mjs";
import { projectFile, protocolPage, readExamples, readInputs } from "./protocol-page.js";
import { recompute } from "./second-implementation/examples.js";

const remedy = "Where the change is meant, run: node scripts/protocol-examples/main.mjs";
const examples = readExamples(protocolPage);

/** Values as a page shows them. */
const asShown = (values: Examples): Record<string, Record<string, string>> =>
  Object.fromEntries(
    Object.entries(values).map(([label, lines]) => [
      label,
      Object.fromEntries(Object.entries(lines).map(([name, bytes]) => [name, formatValue(bytes).join(" ")])),
    ]),
  );

/** The first value of `page` that is not what the second implementation computes from the page's own inputs. */
function firstWrongValue(page: string): string | undefined {
  const shown = readExamples(page);
  const computed = asShown(recompute(readInputs(shown)));
  for (const label of new Set([...Object.keys(shown), ...Object.keys(computed)])) {
    const [said, right] = [shown[label] ?? {}, computed[label] ?? {}];
    for (const name of new Set([...Object.keys(said), ...Object.keys(right)])) {
      if (said[name] !== right[name]) return `${label}: ${name}`;
    }
  }
  return undefined;
}

describe("the examples of PROTOCOL", () => {
  it("are what a second implementation computes from the inputs that the page gives", () => {
    expect(examples).toEqual(asShown(recompute(readInputs(examples))));
  });

  it("are what the library makes, in the page and in protocol-examples.json", async () => {
    const library = await assemble(path => import(`../../src/${path.replace(/\.js$/, ".ts")}`));
    const made = makeExamples(library);
    expect(protocolPage, remedy).toBe(fillPage(protocolPage, made));
    expect(projectFile("docs/protocol-examples.json"), remedy).toBe(formatJson(made));
  });

  it("would show one wrong digit in any line of any example", () => {
    const lines = protocolPage.split("\n");
    const values = new Set(Object.values(examples).flatMap(value => Object.values(value)).flatMap(text => text.split(" ")));
    let tried = 0;
    for (const [index, line] of lines.entries()) {
      const word = line.trim().split(" ").findLast(entry => values.has(entry));
      if (word === undefined || !/[0-9a-f]{2}\)?$/.test(word)) continue;
      const at = line.lastIndexOf(word) + Math.max(0, word.replace(")", "").length - 1);
      const wrong = line.slice(0, at) + (line[at] === "0" ? "1" : "0") + line.slice(at + 1);
      const page = [...lines.slice(0, index), wrong, ...lines.slice(index + 1)].join("\n");
      expect(firstWrongValue(page), `line ${index + 1}: ${wrong}`).toBeDefined();
      tried++;
    }
    expect(tried).toBeGreaterThan(100);
  });
});
