// The doors of the package, as package.json names them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/set-up.mjs";

const { name, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/**
 * Each sub-path of `exports` with code: how it is imported, its short name for files (`bowline`, `transports-tcp`), the declaration
 * that users get, and the source of that.
 */
export const entryPoints = Object.entries(exports)
  .filter(([, target]) => typeof target === "object")
  .map(([path, { types }]) => ({
    specifier: `${name}${path.slice(1)}`,
    shortName: path === "." ? name : path.slice(2).replaceAll("/", "-"),
    declaration: join(root, types),
    source: join(root, types.replace("./dist/", "src/").replace(/\.d\.ts$/, ".ts")),
  }));
