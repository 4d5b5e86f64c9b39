import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { anchorOf, headings } from "./markdown.js";
import { projectFile } from "./protocol-page.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const pages = ["", "docs/", "docs/guides/"].flatMap(folder =>
  readdirSync(root + folder)
    .filter(name => name.endsWith(".md"))
    .map(name => folder + name),
);

/** A page without its fenced blocks. */
const prose = (path: string): string => projectFile(path).replaceAll(/^```[\s\S]*?^```$/gm, "");

describe.each(pages)("%s", page => {
  const links = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(match => match[1]!);

  it("links to files and headings that are there", () => {
    for (const link of links.filter(target => !/^https?:/.test(target))) {
      const [file, anchor] = link.split("#") as [string, string | undefined];
      const path = file === "" ? page : join(dirname(page), file);
      expect(existsSync(root + path), link).toBe(true);
      if (anchor !== undefined) expect(headings(projectFile(path)).map(anchorOf), link).toContain(anchor);
    }
  });

  it("names files of the project that are there", () => {
    for (const [, path] of prose(page).matchAll(
      /`((?:src|test|docs|scripts|examples|vectors)\/[\w./-]*\w)\/?`/g,
    )) {
      expect(existsSync(root + path!), path).toBe(true);
    }
  });

  it("has no unfinished marks", () => {
    expect(prose(page)).not.toMatch(/\b(TODO|FIXME|TBD|XXX|lorem)\b/i);
  });
});
