import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Aead } from "../../../src/crypto/index.js";
import { bytesOf, bytesUpTo, fixed, flipped } from "./arbitraries.js";
import { aeadValues } from "./published-values.js";
import { expectRefusal } from "./refusals.js";

const none = new Uint8Array(0);
const untouched = 0xa5;

const inputs = fc.record({
  key: bytesOf(32),
  nonce: bytesOf(12),
  associatedData: bytesUpTo(64),
  plaintext: bytesUpTo(2048),
});

interface Sealed {
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
}

/** What every AEAD of every provider must do. */
export function describeAead(aead: Aead): void {
  const seal = (
    key: Uint8Array,
    nonce: Uint8Array,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
  ): Sealed => {
    const [ciphertext, tag] = [new Uint8Array(plaintext.length), new Uint8Array(16)];
    aead.key(key).seal(nonce, associatedData, plaintext, ciphertext, tag);
    return { ciphertext, tag };
  };

  describe(aead.name, () => {
    it("gives the published ciphertext and tag", () => {
      const { key, nonce, associatedData, plaintext, ciphertext, tag } = aeadValues[aead.name];
      expect(seal(key, nonce, associatedData, plaintext)).toEqual({ ciphertext, tag });
      const opened = new Uint8Array(plaintext.length);
      expect(aead.key(key).open(nonce, associatedData, ciphertext, tag, opened)).toBe(true);
      expect(opened).toEqual(plaintext);
    });

    it("opens what it sealed, for lengths of 0 to 2 KiB", () => {
      fc.assert(
        fc.property(inputs, ({ key, nonce, associatedData, plaintext }) => {
          const { ciphertext, tag } = seal(key, nonce, associatedData, plaintext);
          const opened = new Uint8Array(plaintext.length);
          expect(aead.key(key).open(nonce, associatedData, ciphertext, tag, opened)).toBe(true);
          expect(opened).toEqual(plaintext);
        }),
        fixed,
      );
    });

    it("opens what it sealed, for 1 MiB", () => {
      const plaintext = Uint8Array.from({ length: 1_048_576 }, (_, i) => i * 7 + (i >> 8));
      const key = aead.key(new Uint8Array(32).fill(1));
      const [ciphertext, tag, nonce] = [
        new Uint8Array(plaintext.length),
        new Uint8Array(16),
        new Uint8Array(12),
      ];
      key.seal(nonce, none, plaintext, ciphertext, tag);
      const opened = new Uint8Array(plaintext.length);
      expect(key.open(nonce, none, ciphertext, tag, opened)).toBe(true);
      expect(opened.every((byte, i) => byte === plaintext[i])).toBe(true);
    });

    it("seals and opens nothing at all: the tag then covers the associated data", () => {
      for (const associatedData of [none, Uint8Array.of(1)]) {
        const { tag } = seal(new Uint8Array(32), new Uint8Array(12), associatedData, none);
        const key = aead.key(new Uint8Array(32));
        expect(key.open(new Uint8Array(12), associatedData, none, tag, new Uint8Array(0))).toBe(true);
        expect(key.open(new Uint8Array(12), Uint8Array.of(2), none, tag, new Uint8Array(0))).toBe(false);
      }
    });

    it("seals and opens in place", () => {
      fc.assert(
        fc.property(inputs, ({ key, nonce, associatedData, plaintext }) => {
          const apart = seal(key, nonce, associatedData, plaintext);
          const buffer = Uint8Array.from(plaintext);
          const tag = new Uint8Array(16);
          const held = aead.key(key);
          held.seal(nonce, associatedData, buffer, buffer, tag);
          expect({ ciphertext: buffer, tag }).toEqual(apart);
          expect(held.open(nonce, associatedData, buffer, tag, buffer)).toBe(true);
          expect(buffer).toEqual(plaintext);
        }),
        { ...fixed, numRuns: 50 },
      );
    });

    it("works on views at any offset of a larger buffer, and writes nothing beside them", () => {
      const key = aead.key(new Uint8Array(32).fill(9));
      const nonce = new Uint8Array(12);
      for (let offset = 0; offset < 9; offset++) {
        const buffer = new Uint8Array(64).fill(untouched);
        const plaintext = buffer.subarray(offset, offset + 21).fill(offset);
        const tag = buffer.subarray(offset + 21, offset + 37);
        key.seal(nonce, none, plaintext, plaintext, tag);
        expect(key.open(nonce, none, plaintext, tag, plaintext)).toBe(true);
        expect(plaintext).toEqual(new Uint8Array(21).fill(offset));
        expect(buffer.subarray(offset + 37).every(byte => byte === untouched)).toBe(true);
        expect(buffer.subarray(0, offset).every(byte => byte === untouched)).toBe(true);
      }
    });

    it("R23 any flipped bit of ciphertext, tag, associated data, nonce or key opens nothing and writes nothing", () => {
      const parts = ["ciphertext", "tag", "associatedData", "nonce", "key"] as const;
      fc.assert(
        fc.property(inputs, fc.constantFrom(...parts), fc.nat(), (input, part, bit) => {
          const sealed = { ...input, ...seal(input.key, input.nonce, input.associatedData, input.plaintext) };
          fc.pre(sealed[part].length > 0);
          const forged = { ...sealed, [part]: flipped(sealed[part], bit) };
          const output = new Uint8Array(forged.ciphertext.length).fill(untouched);
          const key = aead.key(forged.key);
          expect(key.open(forged.nonce, forged.associatedData, forged.ciphertext, forged.tag, output)).toBe(
            false,
          );
          expect(output.every(byte => byte === untouched)).toBe(true);
        }),
        { ...fixed, numRuns: 300 },
      );
    });

    it("R23 a forged record opened in place leaves its ciphertext as it was", () => {
      const { key, nonce, associatedData, ciphertext, tag } = aeadValues[aead.name];
      const buffer = Uint8Array.from(ciphertext);
      expect(aead.key(key).open(nonce, associatedData, buffer, flipped(tag, 0), buffer)).toBe(false);
      expect(buffer).toEqual(ciphertext);
    });

    it("R22 a tag of any other length than 16 bytes is refused, a true prefix too", () => {
      const { key, nonce, associatedData, ciphertext, tag } = aeadValues[aead.name];
      const held = aead.key(key);
      const output = new Uint8Array(ciphertext.length).fill(untouched);
      for (const length of [0, 1, 4, 8, 12, 13, 14, 15]) {
        expectRefusal("invalid-argument", () =>
          held.open(nonce, associatedData, ciphertext, tag.subarray(0, length), output),
        );
        expectRefusal("invalid-argument", () =>
          held.seal(nonce, associatedData, output, new Uint8Array(output.length), new Uint8Array(length)),
        );
      }
      const longer = Uint8Array.of(...tag, 0);
      expectRefusal("invalid-argument", () => held.open(nonce, associatedData, ciphertext, longer, output));
      expect(output.every(byte => byte === untouched)).toBe(true);
    });

    it("X45 a tag that is wrong in its first bit and one that is wrong in its last are both just false", () => {
      const { key, nonce, associatedData, ciphertext, tag } = aeadValues[aead.name];
      const output = new Uint8Array(ciphertext.length);
      for (const bit of [0, 64, 127]) {
        expect(aead.key(key).open(nonce, associatedData, ciphertext, flipped(tag, bit), output)).toBe(false);
      }
    });

    it("seals and opens records: nonce, tag, ciphertext, at any place of a buffer, as it does their parts", () => {
      fc.assert(
        fc.property(inputs, fc.nat(40), ({ key, nonce, associatedData, plaintext }, offset) => {
          const { ciphertext, tag } = seal(key, nonce, associatedData, plaintext);
          const held = aead.key(key);
          const buffer = new Uint8Array(offset + 28 + plaintext.length + 5).fill(untouched);
          buffer.set(nonce, offset);
          held.sealRecord(associatedData, plaintext, buffer, offset);
          const record = buffer.subarray(offset, offset + 28 + plaintext.length);
          expect(record).toEqual(Uint8Array.of(...nonce, ...tag, ...ciphertext));
          const beside = [...buffer.subarray(0, offset), ...buffer.subarray(offset + record.length)];
          expect(beside.every(byte => byte === untouched)).toBe(true);
          const opened = new Uint8Array(plaintext.length);
          expect(held.openRecord(record, associatedData, opened)).toBe(opened);
          expect(opened).toEqual(plaintext);
          const longer = new Uint8Array(plaintext.length + 5).fill(untouched);
          expect(held.openRecord(record, associatedData, longer)).toBe(longer);
          expect(longer).toEqual(Uint8Array.of(...plaintext, ...new Uint8Array(5).fill(untouched)));
          const own = held.openRecord(record, associatedData)!;
          expect(own).toEqual(plaintext);
          expect(own.byteLength).toBe(own.buffer.byteLength);
        }),
        fixed,
      );
    });

    it("seals a record whose plaintext lies where its ciphertext goes", () => {
      for (const length of [1, 64, 300, 7000, 40_000]) {
        const [key, record] = [aead.key(new Uint8Array(32).fill(3)), new Uint8Array(28 + length).fill(5)];
        key.sealRecord(none, record.subarray(28), record, 0);
        const opened = new Uint8Array(length);
        expect(key.openRecord(record, none, opened)).toBe(opened);
        expect(opened.every(byte => byte === 5)).toBe(true);
      }
    });

    it("R23 no flipped bit of a record, short or long, opens anything or writes anything", () => {
      for (const length of [0, 1, 64, 191, 192, 193, 1000, 8192, 32_768, 32_769, 100_000]) {
        const key = aead.key(new Uint8Array(32).fill(4));
        const record = new Uint8Array(28 + length).fill(7);
        key.sealRecord(none, new Uint8Array(length).fill(8), record, 0);
        const output = new Uint8Array(length).fill(untouched);
        const bits = [0, 95, 96, 223, 224, 224 + 4 * length, 223 + 8 * length].filter(
          bit => bit < 8 * record.length,
        );
        for (const bit of bits) {
          expect(key.openRecord(flipped(record, bit), none, output)).toBeUndefined();
          expect(key.openRecord(flipped(record, bit), none)).toBeUndefined();
          expect(key.openRecord(record, Uint8Array.of(0), output)).toBeUndefined();
        }
        expect(output.every(byte => byte === untouched)).toBe(true);
        expect(key.openRecord(record, none, output)).toBe(output);
        expect(output.every(byte => byte === 8)).toBe(true);
      }
    });

    it("refuses a record without room, and one that does not fit its plaintext: nothing is written", () => {
      const key = aead.key(new Uint8Array(32));
      const output = new Uint8Array(40).fill(untouched);
      for (const [length, offset] of [
        [13, 0],
        [12, 1],
        [0, 13],
        [1, -1],
      ] as const) {
        expectRefusal("invalid-argument", () => key.sealRecord(none, new Uint8Array(length), output, offset));
      }
      for (const length of [0, 27, 41]) {
        expectRefusal("invalid-argument", () =>
          key.openRecord(new Uint8Array(length), none, output.subarray(28)),
        );
      }
      expectRefusal("invalid-argument", () => key.openRecord(new Uint8Array(27), none));
      expect(key.openRecord(new Uint8Array(39), none, output)).toBeUndefined();
      expect(output.every(byte => byte === untouched)).toBe(true);
    });

    it("takes associated data of any length", () => {
      for (const length of [0, 1, 15, 16, 17, 511, 512, 513, 5000, 32_768, 32_769, 70_000]) {
        const associatedData = new Uint8Array(length).fill(6);
        const { ciphertext, tag } = seal(
          new Uint8Array(32),
          new Uint8Array(12),
          associatedData,
          Uint8Array.of(1),
        );
        const key = aead.key(new Uint8Array(32));
        const opened = new Uint8Array(1);
        expect(key.open(new Uint8Array(12), associatedData, ciphertext, tag, opened)).toBe(true);
        expect(opened[0]).toBe(1);
        for (const changed of [
          flipped(Uint8Array.of(...associatedData, 0), 8 * length),
          flipped(associatedData, 1),
        ])
          if (length > 0) expect(key.open(new Uint8Array(12), changed, ciphertext, tag, opened)).toBe(false);
      }
    });

    it("refuses keys, nonces and outputs of another length", () => {
      const held = aead.key(new Uint8Array(32));
      const [nonce, text, tag] = [new Uint8Array(12), new Uint8Array(5), new Uint8Array(16)];
      for (const length of [0, 16, 31, 33])
        expectRefusal("invalid-argument", () => aead.key(new Uint8Array(length)));
      for (const length of [0, 8, 11, 13, 24]) {
        expectRefusal("invalid-argument", () => held.seal(new Uint8Array(length), none, text, text, tag));
        expectRefusal("invalid-argument", () => held.open(new Uint8Array(length), none, text, tag, text));
      }
      for (const length of [0, 4, 6]) {
        expectRefusal("invalid-argument", () => held.seal(nonce, none, text, new Uint8Array(length), tag));
        expectRefusal("invalid-argument", () => held.open(nonce, none, text, tag, new Uint8Array(length)));
      }
    });

    it("copies the key, and refuses use after it is disposed", () => {
      const { key, nonce, associatedData, plaintext, ciphertext, tag } = aeadValues[aead.name];
      const callers = Uint8Array.from(key);
      const held = aead.key(callers);
      callers.fill(0);
      const output = new Uint8Array(plaintext.length);
      expect(held.open(nonce, associatedData, ciphertext, tag, output)).toBe(true);
      held.dispose();
      held.dispose();
      output.fill(untouched);
      expectRefusal("secret-disposed", () => held.open(nonce, associatedData, ciphertext, tag, output));
      expectRefusal("secret-disposed", () => {
        held.seal(nonce, associatedData, plaintext, output, new Uint8Array(16));
      });
      const record = new Uint8Array(28 + output.length);
      expectRefusal("secret-disposed", () => held.sealRecord(associatedData, plaintext, record, 0));
      expectRefusal("secret-disposed", () => held.openRecord(record, associatedData, output));
      expectRefusal("secret-disposed", () => held.openRecord(record, associatedData));
      expect(output.every(byte => byte === untouched)).toBe(true);
    });
  });
}
