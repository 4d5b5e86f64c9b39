// Makes docs/demo.svg: a picture of a terminal in which `bowline demo` has just run. Run by hand:
// node scripts/record-demo.mjs
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureBuilt } from "./ensure-built.mjs";
import { root, setUpProject } from "./set-up.mjs";

const character = { width: 7.2, height: 16, size: 12 };
const margin = 16;
const colours = { 31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 36: "#79c0ff" };
const plain = { fill: "#c9d1d9", weight: "normal", opacity: 1 };

/** How text looks after an escape sequence. */
function styleAfter(style, code) {
  if (code === 1) return { ...style, weight: "bold" };
  if (code === 2) return { ...style, opacity: 0.55 };
  if (code === 22) return { ...style, weight: "normal", opacity: 1 };
  if (code === 39) return { ...style, fill: plain.fill };
  return colours[code] === undefined ? style : { ...style, fill: colours[code] };
}

/** The spans of a line: where each begins, what it says, how it looks. Spaces between them are not drawn. */
function spansOf(line) {
  const spans = [];
  let style = plain;
  let column = 0;
  for (const part of line.split(/(\x1b\[\d+m)/)) {
    const code = /^\x1b\[(\d+)m$/.exec(part);
    if (code !== null) {
      style = styleAfter(style, Number(code[1]));
      continue;
    }
    // Cut at wide gaps, so that columns stay where they are in whatever font.
    for (const { 0: text, index } of part.matchAll(/\S+(?: \S+)*/g)) {
      spans.push({ column: column + index, text, style });
    }
    column += part.length;
  }
  return { spans, width: column };
}

const escaped = text => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function drawn({ column, text, style }, row) {
  const x = (margin + column * character.width).toFixed(1);
  const y = margin + (row + 2) * character.height;
  const looks = [
    style.fill === plain.fill ? "" : ` fill="${style.fill}"`,
    style.weight === "normal" ? "" : ` font-weight="${style.weight}"`,
    style.opacity === 1 ? "" : ` opacity="${style.opacity}"`,
  ].join("");
  const length = (text.length * character.width).toFixed(1);
  return `<text x="${x}" y="${y}" textLength="${length}"${looks}>${escaped(text)}</text>`;
}

function picture(output) {
  const lines = ["$ npx bowline demo", ...output.trimEnd().split("\n")].map(spansOf);
  const width = Math.ceil(2 * margin + Math.max(...lines.map(line => line.width)) * character.width);
  const height = 2 * margin + (lines.length + 1) * character.height;
  const dots = ["#ff5f56", "#ffbd2e", "#27c93f"].map(
    (fill, index) => `<circle cx="${margin + 5 + index * 16}" cy="${margin}" r="5" fill="${fill}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>bowline demo: two processes, one session, and what happens to it</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    ...dots,
    `<g fill="${plain.fill}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="${character.size}">`,
    ...lines.flatMap(({ spans }, row) => spans.map(span => drawn(span, row))),
    `</g>`,
    `</svg>`,
    ``,
  ].join("\n");
}

setUpProject();
await ensureBuilt({ progress: true });
const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "dist/bin/bowline.js"), "demo"], {
  encoding: "utf8",
  env: { ...process.env, NO_COLOR: "", FORCE_COLOR: "1" },
});
if (status === 0) {
  writeFileSync(join(root, "docs/demo.svg"), picture(stdout));
  process.stdout.write("docs/demo.svg is new.\n");
} else {
  process.stderr.write(`${stdout}${stderr}\nThe demonstration failed: docs/demo.svg is as it was.\n`);
  process.exitCode = 1;
}
