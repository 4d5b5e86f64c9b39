import { readFileSync } from "node:fs";

/** The version of the package that this file is part of. */
export function packageVersion(): string {
  // From dist/bin, where the bundle is, and from src/cli alike.
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
