import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { patches } from "../../sim/bite/patches.mjs";

it.each(patches.map(patch => [patch.name, patch] as const))(
  "%s: the text to break is there once",
  (_, { changes }) => {
    for (const { file, from, to } of changes) {
      const source = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
      expect(source.split(from)).toHaveLength(2);
      expect(to).not.toBe(from);
    }
  },
);
