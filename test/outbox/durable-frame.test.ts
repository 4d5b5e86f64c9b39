import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex, utf8 } from "../../src/bytes/index.js";
import { decodeDurable, encodeDurable, incarnation, type DurableFrame } from "../../src/outbox/index.js";
import { projectFile } from "../docs/protocol-page.js";

const bytes = (from: number): Uint8Array => Uint8Array.from({ length: 16 }, (_, i) => from + i);
const own = incarnation(bytes(0), 3n);
const other = incarnation(bytes(16), 2n);

/** The frames of the protocol's example, with their bytes of version 1. */
const frames: Readonly<Record<string, readonly [DurableFrame, string]>> = {
  message: [
    { kind: "message", incarnation: own.bytes, seq: 2n, bytes: utf8("hello") },
    "01000102030405060708090a0b0c0d0e0f000000000000000268656c6c6f",
  ],
  acknowledged: [
    { kind: "acknowledged", incarnation: other.bytes, seq: 7n },
    "02101112131415161718191a1b1c1d1e1f0000000000000007",
  ],
  state: [
    {
      kind: "state",
      asks: true,
      sent: [{ incarnation: own, acknowledged: 1n, last: 2n }],
      floor: 0n,
      received: [{ incarnation: other, delivered: 7n, received: 8n }],
    },
    "03010001000102030405060708090a0b0c0d0e0f000000000000000300000000" +
      "0000000100000000000000020000000000000000" +
      "0001101112131415161718191a1b1c1d1e1f0000000000000002000000000000" +
      "00070000000000000008",
  ],
};

const refused = expect.objectContaining({ code: "frame-malformed" }) as Error;

describe("durable frames", () => {
  it.each(Object.entries(frames))(
    "%s: these bytes, there and back, also in PROTOCOL",
    (name, [frame, hex]) => {
      expect(toHex(encodeDurable(frame))).toBe(hex);
      expect(decodeDurable(fromHex(hex)!)).toEqual(frame);
      const page = projectFile("docs/PROTOCOL.md");
      const example = new RegExp(`\n    ${name} += ([0-9a-f]+(?:\n +[0-9a-f]+)*)\n`).exec(page);
      expect(example?.[1]?.replaceAll(/\s/g, "")).toBe(hex);
    },
  );

  it("X40 another kind, zero numbers, nothing in it, two of one incarnation, and every cut and added byte are malformed", () => {
    const [state] = frames["state"]!;
    const twice = { ...state, sent: [frames["state"]![0], frames["state"]![0]] };
    expect(twice).toBeDefined();
    const hexes = [
      "",
      "00",
      "04",
      frames["message"]![1].slice(0, 50),
      frames["message"]![1].replace("0000000000000002", "0000000000000000"),
      frames["state"]![1].replace("0301", "0302"),
      "0300" + "0000" + "0000000000000000" + "0000",
      frames["state"]![1].replace("00000000000000010000000000000002", "00000000000000030000000000000002"),
      frames["state"]![1].replace("0f0000000000000003", "0f0000000000000000"),
      encoded({ ...state, sent: [entry(1n), entry(2n)] } as DurableFrame),
    ];
    for (const hex of hexes) expect(() => decodeDurable(fromHex(hex)!), hex).toThrow(refused);
    for (const name of ["acknowledged", "state"]) {
      const whole = fromHex(frames[name]![1])!;
      for (let length = 0; length < whole.length; length++)
        expect(() => decodeDurable(whole.subarray(0, length))).toThrow(refused);
      expect(() => decodeDurable(Uint8Array.of(...whole, 0))).toThrow(refused);
    }
  });

  it("X40 random bytes are a frame or malformed, never another error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(4), (rest, kind) => {
        const plaintext = Uint8Array.of(kind, ...rest);
        try {
          expect(encodeDurable(decodeDurable(plaintext))).toEqual(plaintext);
        } catch (error) {
          expect(error).toMatchObject({ code: "frame-malformed" });
        }
      }),
      { numRuns: 500, seed: 8 },
    );
  });
});

function entry(last: bigint) {
  return { incarnation: own, acknowledged: 0n, last };
}

function encoded(frame: DurableFrame): string {
  return toHex(encodeDurable(frame));
}
