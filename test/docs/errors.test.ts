import { describe, expect, it } from "vitest";
import { errorKinds, SessionError, type ErrorCode } from "../../src/errors/index.js";
import { anchorOf, headings } from "./markdown.js";
import { projectFile } from "./protocol-page.js";

const page = projectFile("docs/ERRORS.md");
const codes = Object.keys(errorKinds) as ErrorCode[];
const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map(text => [text.slice(0, text.indexOf("\n")), text.split(/^## /m)[0]!] as const),
);

describe("ERRORS", () => {
  it("has a section for each code, and no section of a code that there is not", () => {
    expect([...sections.keys()].sort()).toEqual([...codes].sort());
  });

  it.each(codes)("says of %s why it comes, what to do, and whether the session goes on", code => {
    const { category, recovery } = errorKinds[code];
    const text = sections.get(code)!;
    expect(text).toContain(`Category \`${category}\`, recovery \`${recovery}\`.`);
    for (const part of ["Why it comes", "What to do", "The session"])
      expect(text).toMatch(new RegExp(`^- ${part}: .{10,}\\.$`, "m"));
  });

  it("is where `help` leads to", () => {
    const anchors = headings(page).map(anchorOf);
    for (const code of codes) {
      const [file, anchor] = new SessionError(code, "x").help.split("#");
      expect(file).toBe("bowline/docs/ERRORS.md");
      expect(anchors).toContain(anchor);
    }
  });

  it("uses every recovery that there is", () => {
    const used = new Set(codes.map(code => errorKinds[code].recovery));
    expect([...used].sort()).toEqual(["none", "rehandshake", "renew", "reopen", "resend", "retry"]);
  });
});
