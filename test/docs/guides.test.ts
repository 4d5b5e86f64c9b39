import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shownInChromium, chromiumIsInstalled } from "./chromium.js";
import { hasProgram, Installation, onFreePorts, Reader, stepsOf, type Step } from "./guide.js";
import { buildPackage, scriptErrors } from "./programs.js";
import { projectFile } from "./protocol-page.js";

const folder = fileURLToPath(new URL("../../docs/guides/", import.meta.url));
const guides = readdirSync(folder).filter(name => name.endsWith(".md"));
const underCi = process.env["CI"] !== undefined;

/** What a guide needs that the package does not bring. Missing, it is a visible skip; where CI is set, a failure. */
function isInstalledFor(steps: readonly Step[]): boolean {
  const needsNginx = steps.some(
    ({ kind, ...step }) => kind === "file" && "name" in step && step.name === "nginx.conf",
  );
  const needsBrowser = steps.some(({ kind }) => kind === "page");
  return (!needsNginx || hasProgram("nginx")) && (!needsBrowser || chromiumIsInstalled);
}

let installation: Installation | undefined;
beforeAll(() => {
  buildPackage();
  installation = new Installation();
}, 180_000);
afterAll(() => installation?.[Symbol.dispose]());

const stepsOfGuide = (name: string): Step[] => stepsOf(projectFile(`docs/guides/${name}`));

it("the guides have programs, each of which the compiler takes", () => {
  const programs = guides.flatMap(name =>
    stepsOfGuide(name).flatMap(step =>
      step.kind === "file" && step.name.endsWith(".mjs")
        ? [{ name: `${name.replace(".md", "")}/${step.name}`, text: step.text }]
        : [],
    ),
  );
  expect(programs.length).toBeGreaterThan(2 * guides.length - 1);
  expect(scriptErrors(programs)).toEqual([]);
}, 90_000);

describe.each(guides)("%s", name => {
  const steps = stepsOfGuide(name);

  it.skipIf(!underCi && !isInstalledFor(steps))(
    "does what it says",
    async () => {
      await using reader = new Reader(installation!);
      for (const step of await onFreePorts(steps)) {
        if (step.kind === "file") reader.write(step.name, step.text);
        else if (step.kind === "page") {
          expect(`${await shownInChromium(step.url)}\n`).toBe(step.shows);
        } else {
          const printed = await reader.run(step);
          if (!step.background && step.prints !== undefined) expect(printed).toBe(step.prints);
        }
      }
      for (const { line, said, is } of await reader.printedInBackground()) {
        expect(is, `line ${line}`).toBe(said);
      }
    },
    90_000,
  );
});

it("a guide whose program prints something else is a failure", async () => {
  const [step] = stepsOf("```sh background\necho tea; sleep 60\n```\n```text\ncoffee\n```\n");
  await using reader = new Reader(installation!);
  await reader.run(step as Step & { kind: "shell" });
  const [printed] = await reader.printedInBackground(100);
  expect(printed).toMatchObject({ said: "coffee\n", is: "tea\n" });
});
