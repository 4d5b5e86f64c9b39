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

/** The first value that is not what the second implementation computes from the inputs among `shown`. */
function firstWrongValue(shown: typeof examples): string | undefined {
  const computed = asShown(recompute(readInputs(shown)));
  for (const [label, values] of Object.entries(shown)) {
    for (const [name, text] of Object.entries(values)) {
      if (computed[label]?.[name] !== text) return `${label}: ${name}`;
    }
  }
  return undefined;
}

describe("the examples of PROTOCOL", () => {
  it("are what a second implementation computes from the inputs that the page gives", () => {
    expect(examples).toEqual(asShown(recompute(readInputs(examples))));
  });

  it("are what the library makes, in the page and in protocol-examples.json", async () => {
    const library = await assemble(path => import(/* @vite-ignore */ `../../src/${path}`));
    const made = makeExamples(library);
    expect(protocolPage, remedy).toBe(fillPage(protocolPage, made));
    expect(projectFile("docs/protocol-examples.json"), remedy).toBe(formatJson(made));
  });

  it("would show one wrong digit in any value", () => {
    expect(firstWrongValue(examples)).toBeUndefined();
    for (const [label, values] of Object.entries(examples)) {
      for (const [name, text] of Object.entries(values)) {
        const at = text.endsWith(")") ? text.length - 2 : text.length - 1;
        const wrong = text.slice(0, at) + (text[at] === "0" ? "1" : "0") + text.slice(at + 1);
        const spoilt = { ...examples, [label]: { ...values, [name]: wrong } };
        expect(firstWrongValue(spoilt), `${label}: ${name} = ${wrong}`).toBeDefined();
      }
    }
  });
});
