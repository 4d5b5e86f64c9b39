import { beforeAll, describe, expect, it } from "vitest";
import { compileKernel } from "../../scripts/kernel.mjs";
import { webAssembly } from "../../src/crypto/web-assembly.js";

interface Poly1305 {
  readonly memory: { readonly buffer: ArrayBuffer };
  begin(key: number): void;
  absorb(input: number, blocks: number): void;
  finish(output: number): void;
  keyStreamAndAbsorb(
    key: number,
    counter: number,
    nonce0: number,
    nonce1: number,
    nonce2: number,
    input: number,
    blocks: number,
  ): void;
}

const [keyAt, inputAt, outputAt] = [1024, 2048, 1536];
const p = 2n ** 130n - 5n;
const block = 2n ** 128n;
const clamp = 0x0fff_fffc_0fff_fffc_0fff_fffc_0fff_ffffn;

let poly: Poly1305;
let memory: Uint8Array;

// Chance reaches none of the carries that matter here: keys and blocks are chosen, which the whole kernel has no way to take.
beforeAll(() => {
  const api = webAssembly()!;
  poly = new api.Instance(new api.Module(compileKernel("assembly/poly1305.ts", "assembly/chacha20.ts")))
    .exports as Poly1305;
  memory = new Uint8Array(poly.memory.buffer);
});

const toBytes = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
const toNumber = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

/** The tag of whole blocks as RFC 8439, section 2.5.1, says it. */
function expected(r: bigint, once: bigint, blocks: readonly bigint[]): bigint {
  const h = blocks.reduce((sum, value) => ((sum + value + block) * (r & clamp)) % p, 0n);
  return (h + once) % block;
}

/** By both of the kernel's ways, which must agree: block after block, and within the rounds of ChaCha20, up to 20 at a time. */
function computed(r: bigint, once: bigint, blocks: readonly bigint[]): bigint {
  const [alone, within] = ([absorbAlone, absorbWithin] as const).map(absorb => tag(absorb, r, once, blocks));
  expect(within).toBe(alone);
  return alone!;
}

const absorbAlone = (count: number): void => poly.absorb(inputAt, count);

function absorbWithin(count: number): void {
  let done = 0;
  for (; count - done >= 2; done += Math.min(20, (count - done) & ~1))
    poly.keyStreamAndAbsorb(keyAt, 1, 2, 3, 4, inputAt + 16 * done, Math.min(20, (count - done) & ~1));
  poly.absorb(inputAt + 16 * done, count - done);
}

function tag(absorb: (count: number) => void, r: bigint, once: bigint, blocks: readonly bigint[]): bigint {
  memory.set(toBytes(r), keyAt);
  memory.set(toBytes(once), keyAt + 16);
  blocks.forEach((value, index) => memory.set(toBytes(value), inputAt + 16 * index));
  poly.begin(keyAt);
  absorb(blocks.length);
  poly.finish(outputAt);
  return toNumber(memory.subarray(outputAt, outputAt + 16));
}

const word = 2n ** 32n;
const extremes = [0n, 1n, 2n, 3n, 4n, 5n, word - 1n, word, block - 1n, block - 2n, block - 5n, block - word];

describe("Poly1305 of the kernel", () => {
  it("agrees with the definition under the key of RFC 8439, section 2.5.2", () => {
    const r = 0xa806d542fe52447f336d555778bed685n;
    const once = 0x1bf54941aff6bf4afdb20dfb8a800301n;
    const blocks = [0x6f4620636968706172676f7470797243n, 0x6f7247206863726165736552206d7572n];
    expect(computed(r, once, blocks)).toBe(expected(r, once, blocks));
  });

  it("is right where every limb is at its greatest, however many blocks there are", () => {
    for (const r of [block - 1n, clamp, clamp - 1n, clamp & ~0xffff_ffffn, 0xffff_ffffn]) {
      for (let count = 1; count <= 64; count++) {
        const blocks = new Array<bigint>(count).fill(block - 1n);
        expect(computed(r, block - 1n, blocks)).toBe(expected(r, block - 1n, blocks));
      }
    }
  });

  it("is right for every pair of extreme r and block, and for extremes in turn", () => {
    for (const r of extremes) {
      for (const value of extremes) {
        for (const once of [0n, 1n, block - 1n]) {
          for (const blocks of [[value], [value, block - 1n - value], [...extremes, value, ...extremes]])
            expect(computed(r, once, blocks)).toBe(expected(r, once, blocks));
        }
      }
    }
  });

  it("reduces what ends just below and just above the prime, and twice the prime", () => {
    // Under r = 1 the blocks add up: four of them to 2^130 and what they hold.
    for (let distance = -8n; distance <= 8n; distance++) {
      for (const [target, count] of [
        [p + distance, 3n],
        [2n * p + distance, 7n],
        [block + distance, 1n],
        [block * 2n + distance, 1n],
      ] as const) {
        let left = target - count * block;
        if (left < 0n || left > count * (block - 1n)) continue;
        const blocks = Array.from({ length: Number(count) }, () => {
          const value = left < block ? left : block - 1n;
          left -= value;
          return value;
        });
        for (const once of [0n, block - 1n])
          expect(computed(1n, once, blocks)).toBe(expected(1n, once, blocks));
      }
    }
  });

  it("leaves nothing of key and accumulator; the key stream is its caller's to erase", () => {
    computed(block - 1n, block - 1n, [block - 1n]);
    const left = Uint8Array.from(memory).fill(0, 64, 320).fill(0, keyAt);
    expect(left.every(byte => byte === 0)).toBe(true);
  });
});
