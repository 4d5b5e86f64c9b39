/** The rows of the table whose header begins with `first`, as cells of text. */
export function tableRows(page: string, first: string): string[][] {
  const lines = page.split("\n");
  const header = lines.findIndex(line => line.startsWith(`| ${first} |`));
  if (header === -1) throw new Error(`There is no table whose first column is ${first}.`);
  const end = lines.findIndex((line, i) => i > header && !line.startsWith("|"));
  return lines.slice(header + 2, end === -1 ? undefined : end).map(line =>
    line
      .slice(1, -1)
      .split("|")
      .map(cell => cell.trim()),
  );
}

/** The text of a cell that is one piece of code. */
export const code = (cell: string): string => cell.replaceAll("`", "");

/** A whole number as the pages write it: 1,048,576. */
export const written = (value: number): string => value.toLocaleString("en-US");

/** The page's headings, without the number signs. */
export const headings = (page: string): string[] =>
  [...page.matchAll(/^#{1,6} (.+)$/gm)].map(match => match[1]!);

/** How a heading is addressed in a link. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\- _]/gu, "")
    .replaceAll(" ", "-");

export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  /** Of the page, from 1. */
  readonly line: number;
}

/** The fenced blocks of a page. */
export function codeBlocks(page: string): CodeBlock[] {
  return [...page.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)].map(match => ({
    language: match[1]!,
    text: match[2]!,
    line: page.slice(0, match.index).split("\n").length,
  }));
}
