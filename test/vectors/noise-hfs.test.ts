import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { toHex } from "../../src/bytes/index.js";
import { writeHandshake } from "./hfs-reference.js";

interface HfsVector {
  readonly protocol_name: string;
  readonly init_prologue: string;
  readonly init_psks?: readonly string[];
  readonly init_static?: string;
  readonly init_ephemeral: string;
  readonly init_kem_seed: string;
  readonly resp_static?: string;
  readonly resp_ephemeral: string;
  readonly resp_kem_randomness: string;
  readonly handshake_hash: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

const text = readFileSync(new URL("../../vectors/noise.json", import.meta.url), "utf8");
const { vectors } = JSON.parse(text) as { vectors: HfsVector[] };

/** Written out by hand after the rule of noise_hfs, section 5. */
const patterns: Readonly<Record<string, readonly string[]>> = {
  NNhfs: ["-> e, e1", "<- e, ee, ekem1"],
  NKhfs: ["<- s", "...", "-> e, es, e1", "<- e, ee, ekem1"],
  XXhfs: ["-> e, e1", "<- e, ee, ekem1, s, es", "-> s, se"],
  KKhfs: ["-> s", "<- s", "...", "-> e, es, e1, ss", "<- e, ee, ekem1, se"],
  "KKhfs+psk0": ["-> s", "<- s", "...", "-> psk, e, es, e1, ss", "<- e, ee, ekem1, se"],
  INhfs: ["-> e, e1, s", "<- e, ee, ekem1, se"],
  IKhfs: ["<- s", "...", "-> e, es, e1, s, ss", "<- e, ee, ekem1, se"],
};

describe("hybrid vectors agree with a second implementation that shares nothing with the library", () => {
  it.each(Object.entries(patterns))("%s", (pattern, lines) => {
    const name = `Noise_${pattern}_25519+MLKEM768_ChaChaPoly_SHA256`;
    const vector = vectors.find(({ protocol_name }) => protocol_name === name)!;
    const { messages, handshakeHash } = writeHandshake(
      {
        name,
        prologue: vector.init_prologue,
        psks: vector.init_psks ?? [],
        keys: {
          is: vector.init_static ?? "",
          ie: vector.init_ephemeral,
          rs: vector.resp_static ?? "",
          re: vector.resp_ephemeral,
        },
        kemSeed: vector.init_kem_seed,
        kemRandomness: vector.resp_kem_randomness,
      },
      lines,
      vector.messages.map(({ payload }) => payload),
    );
    expect(messages.map(toHex)).toEqual(
      vector.messages.slice(0, messages.length).map(({ ciphertext }) => ciphertext),
    );
    expect(toHex(handshakeHash)).toBe(vector.handshake_hash);
  });
});
