import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { assemble } from "../../scripts/vectors/library.mjs";
import { makeVectors } from "../../scripts/vectors/make-vectors.mjs";
import { runVector } from "../../scripts/vectors/run-vector.mjs";
import { Secret } from "../../src/bytes/index.js";
import { nobleExtra } from "../../src/crypto/noble-extra.js";
import { nobleProvider } from "../../src/crypto/noble-provider.js";
import { nodeExtra } from "../../src/crypto/node-extra.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import * as noise from "../../src/noise/index.js";

interface RawVector {
  readonly protocol_name: string;
  readonly fallback_pattern?: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

const read = (url: URL): RawVector[] =>
  (JSON.parse(readFileSync(url, "utf8")) as { vectors: RawVector[] }).vectors;
const own = read(new URL("../../vectors/noise.json", import.meta.url));
const published = new URL("../../../shared/vectors/noise/cacophony.json", import.meta.url);
const isPresent = existsSync(published);

/** For hundreds of handshakes on a busy machine, in milliseconds. */
const patience = 300_000;

const libraries = [
  { provider: nodeProvider, extra: nodeExtra },
  { provider: nobleProvider, extra: nobleExtra },
].map(parts => ({ name: parts.provider.name, library: assemble({ noise, Secret, ...parts }) }));

const failures = (vectors: readonly unknown[], library: (typeof libraries)[number]["library"]): unknown[] =>
  vectors.map(vector => runVector(vector, library)).filter(({ outcome }) => outcome !== "passed");

describe("the project's own vectors", () => {
  it.each(libraries)("hold with the $name provider, in both roles", ({ library }) => {
    expect(failures(own, library)).toEqual([]);
  });

  it.each(libraries)("are what make.mjs makes with the $name provider", ({ library }) => {
    expect(makeVectors(library).vectors).toEqual(own);
  });

  it("hold every pattern, psk in several positions, fallback, hfs, and every algorithm", () => {
    const sections = own.map(({ protocol_name }) => protocol_name.split("_"));
    const patterns = sections.map(([, pattern]) => pattern!);
    expect(patterns).toEqual(expect.arrayContaining(Object.keys(noise.patternsByName)));
    expect(patterns).toEqual(
      expect.arrayContaining(["XXpsk0+psk1+psk2+psk3", "XXhfs", "IKhfs", "KKhfs+psk0"]),
    );
    expect(own.map(vector => vector.fallback_pattern)).toContain("XXfallback");
    for (const [i, names] of [
      [2, ["25519", "448", "25519+MLKEM768"]],
      [3, ["ChaChaPoly", "AESGCM"]],
      [4, ["SHA256", "SHA512", "BLAKE2s", "BLAKE2b"]],
    ] as const) {
      expect(sections.map(section => section[i])).toEqual(expect.arrayContaining([...names]));
    }
  });

  it("fail when any of what they say is changed", () => {
    const [{ library }] = libraries as [(typeof libraries)[number]];
    const flip = (hex: string): string => (hex.startsWith("0") ? "1" : "0") + hex.slice(1);
    for (const vector of own.filter((_, i) => i % 4 === 0)) {
      const changed = (name: string): unknown => ({
        ...vector,
        [name]: flip(vector[name as "protocol_name"]),
      });
      expect(runVector(changed("handshake_hash"), library).outcome).toBe("failed");
      expect(runVector(changed("init_prologue"), library).outcome).toBe("failed");
      vector.messages.forEach((message, i) => {
        const replaced = { ...message, ciphertext: flip(message.ciphertext) };
        const messages = [...vector.messages];
        messages[i] = replaced;
        expect(runVector({ ...vector, messages }, library).outcome).toBe("failed");
      });
    }
  });
});

describe.skipIf(!isPresent && process.env["CI"] === undefined)("the published vectors of cacophony", () => {
  it(
    "hold with the node provider, all 944",
    () => {
      const vectors = read(published);
      expect(vectors).toHaveLength(944);
      expect(failures(vectors, libraries[0]!.library)).toEqual([]);
    },
    patience,
  );

  it(
    "hold with the noble provider, all 472 of 25519 (of its slow 448 one in sixteen)",
    () => {
      const vectors = read(published);
      const isFast = ({ protocol_name }: RawVector): boolean => protocol_name.includes("_25519_");
      const slow = vectors.filter(vector => !isFast(vector)).filter((_, i) => i % 16 === 0);
      expect(vectors.filter(isFast)).toHaveLength(472);
      expect(failures([...vectors.filter(isFast), ...slow], libraries[1]!.library)).toEqual([]);
    },
    patience,
  );
});
