// Examples as they stand in a page: a fenced block, ```example LABEL, with a line `name = hexadecimal` for each value. A value
// goes on in indented lines. One of more than 256 bytes is shortened: its first and last 16 bytes, its length, its SHA-256.
import { createHash } from "node:crypto";

const longest = 256;
const shown = 16;
const bytesInLine = 32;
const fence = /^```example ([a-z0-9-]+)\n([\s\S]*?)^```$/gm;

const toHex = bytes => Buffer.from(bytes).toString("hex");

/** The text of one value, in lines. */
export function formatValue(bytes) {
  if (bytes.length <= longest) return toHex(bytes).match(new RegExp(`.{1,${2 * bytesInLine}}`, "g"));
  const digest = createHash("sha256").update(bytes).digest("hex");
  return [
    `${toHex(bytes.subarray(0, shown))} ... ${toHex(bytes.subarray(-shown))}`,
    `(${bytes.length} bytes, SHA-256 ${digest})`,
  ];
}

/** The lines of one block. */
export function formatBlock(values) {
  const names = Object.keys(values);
  const width = Math.max(...names.map(name => name.length));
  return names
    .map(name => {
      const lines = formatValue(values[name]);
      return `${name.padEnd(width)} = ${lines.join(`\n${" ".repeat(width + 3)}`)}\n`;
    })
    .join("");
}

/** The blocks of a page: label, then name, then the value's text, its lines joined by one space. */
export function parsePage(page) {
  const blocks = {};
  for (const [, label, text] of page.matchAll(fence)) {
    if (label in blocks) throw new Error(`The page has two examples ${label}.`);
    const values = (blocks[label] = {});
    let name;
    for (const line of text.split("\n").filter(entry => entry !== "")) {
      const match = /^(?! )(.+?) *= (.+)$/.exec(line);
      if (match !== null) {
        name = match[1];
        if (name in values) throw new Error(`The example ${label} has two values ${name}.`);
        values[name] = match[2];
      } else if (name !== undefined && /^ +\S/.test(line)) {
        values[name] += ` ${line.trim()}`;
      } else {
        throw new Error(`The example ${label} has a line that is no value: ${line}`);
      }
    }
  }
  return blocks;
}

/** The page with the contents of its blocks replaced. */
export function fillPage(page, examples) {
  const missing = new Set(Object.keys(examples));
  const filled = page.replace(fence, (_, label) => {
    if (!missing.delete(label)) throw new Error(`There is no example ${label}, or the page has it twice.`);
    return `\`\`\`example ${label}\n${formatBlock(examples[label])}\`\`\``;
  });
  if (missing.size > 0) throw new Error(`The page does not show ${[...missing].join(", ")}.`);
  return filled;
}

/** The same examples as JSON: every value whole. */
export function formatJson(examples) {
  const whole = Object.entries(examples).map(([label, values]) => [
    label,
    Object.fromEntries(Object.entries(values).map(([name, bytes]) => [name, toHex(bytes)])),
  ]);
  return `${JSON.stringify(Object.fromEntries(whole), null, 2)}\n`;
}
