import { describe, expect, it } from "vitest";
import { program } from "../../src/cli/program.js";
import { codeBlocks, headings } from "./markdown.js";
import { projectFile } from "./protocol-page.js";

const page = projectFile("docs/COMMAND.md");

/** The calls of `bowline` in the page's scripts, as arguments. */
const calls = codeBlocks(page)
  .filter(({ language }) => language === "sh")
  .flatMap(({ text }) => [...text.matchAll(/\bbowline ((?:[^|<>)\n])+)/g)].map(match => match[1]!.trim()))
  .map(line => line.replaceAll(/\b([A-Z]+_)?ID\b/g, "ab".repeat(32)));

/** Which sub-command takes the arguments, nothing being done. Throws where none does. */
async function takenBy(args: readonly string[]): Promise<string> {
  const root = program();
  let taken: string | undefined;
  for (const command of root.commands) command.action(() => void (taken = command.name()));
  await root.parseAsync(args, { from: "user" });
  if (taken === undefined) throw new Error("No sub-command.");
  return taken;
}

describe("COMMAND", () => {
  it.each(calls)("bowline %s: the command line is right", async line => {
    const args = line.split(/\s+/);
    expect(await takenBy(args)).toBe(args[0]);
  });

  it.each(["listen tcp://127.0.0.1:7000 --alow ab", "conect tcp://127.0.0.1:7000", "id --key"])(
    "bowline %s: would be found",
    async line => {
      await expect(takenBy(line.split(" "))).rejects.toThrow();
    },
  );

  it("has a section for each sub-command, with each of its options", () => {
    for (const command of program().commands) {
      const heading = `bowline ${command.name()}`;
      expect(headings(page)).toContain(heading);
      const section = page.split(`### ${heading}\n`)[1]!.split(/^##/m)[0]!;
      for (const { long } of command.options.filter(({ hidden }) => !hidden)) {
        expect(section, heading).toContain(long!);
      }
    }
  });
});
