import { describe, expect, it } from "vitest";
import { decodeBatch, epochOf, generationOf, rotationOf } from "../../src/record/index.js";
import { bare, codeOf, messageOf, pair, start, watched } from "./support.js";

const mebibyte = 1_048_576;

describe("lengths, before any cryptography", () => {
  it("a plaintext has 1 to 1,048,576 bytes", () => {
    const { sealer, opener } = pair();
    for (const length of [1, 2, mebibyte - 1, mebibyte]) {
      const record = sealer.seal(new Uint8Array(length), bare);
      expect(record.length).toBe(length + 28);
      expect(opener.open(record, bare, start).length).toBe(length);
    }
    expect(codeOf(() => sealer.seal(new Uint8Array(0), bare))).toBe("plaintext-empty");
    expect(codeOf(() => sealer.seal(new Uint8Array(mebibyte + 1), bare))).toBe("plaintext-too-large");
    expect(sealer.sealed).toBe(4n);
  });

  it.each([0, 1, 11, 12, 27, 28])("a record of %i bytes is too short", length => {
    const watch = watched();
    const { opener } = pair({ openerProvider: watch.crypto });
    expect(codeOf(() => opener.open(new Uint8Array(length).fill(1), bare, start))).toBe("record-too-short");
    expect(watch.opens()).toBe(0);
  });

  it("a record of 29 to 1,048,604 bytes gets as far as its tag, a longer one does not", () => {
    const watch = watched();
    const { opener } = pair({ openerProvider: watch.crypto });
    const blank = (length: number): Uint8Array => {
      const record = new Uint8Array(length);
      record[0] = 1;
      return record;
    };
    expect(codeOf(() => opener.open(blank(29), bare, start))).toBe("record-forged");
    expect(codeOf(() => opener.open(blank(mebibyte + 28), bare, start))).toBe("record-forged");
    expect(watch.opens()).toBe(2);
    expect(codeOf(() => opener.open(blank(mebibyte + 29), bare, start))).toBe("record-too-long");
    expect(watch.opens()).toBe(2);
  });

  it("frames have the same limits", () => {
    const { frameSealer, frameOpener, sealer } = pair();
    expect(codeOf(() => frameSealer.seal(0x10, new Uint8Array(0)))).toBe("plaintext-empty");
    expect(codeOf(() => frameSealer.seal(0x10, new Uint8Array(mebibyte + 1)))).toBe("plaintext-too-large");
    expect(sealer.sealed).toBe(0n);
    const frame = frameSealer.seal(0x10, new Uint8Array(mebibyte));
    expect(frameOpener.open(frame, start).plaintext.length).toBe(mebibyte);
    const cut = (length: number): Uint8Array => frameSealer.seal(0x10, new Uint8Array(1)).slice(0, length);
    expect(codeOf(() => frameOpener.open(cut(30), start))).toBe("record-too-short");
    const long = new Uint8Array(mebibyte + 31);
    long.set([0x10, 0x01, 1]);
    expect(codeOf(() => frameOpener.open(long, start))).toBe("record-too-long");
  });

  it("messages begin as the reference's do, and name length and limit", () => {
    const { sealer, opener } = pair();
    const messages = [
      messageOf(() => sealer.seal(new Uint8Array(0), bare)),
      messageOf(() => sealer.seal(new Uint8Array(mebibyte + 1), bare)),
      messageOf(() => opener.open(new Uint8Array(5), bare, start)),
      messageOf(() => opener.open(new Uint8Array(mebibyte + 29), bare, start)),
    ];
    const begins = [
      /^Cannot encrypt empty message.* 0 bytes.*1 to 1048576/,
      /^Message too large for encryption.*1048577.*1048576/,
      /^Ciphertext too short \(minimum 28 bytes: 12 nonce \+ 16 tag\).* 5 bytes.*28/,
      /^Ciphertext too large.*1048605.*1048604/,
    ];
    begins.forEach((pattern, index) => {
      expect(messages[index]).toMatch(pattern);
    });
  });

  it("R13 the counters 0 and 2^64 - 1 are no record's: refused before the tag is looked at", () => {
    for (const byte of [0x00, 0xff]) {
      const watch = watched();
      const { opener } = pair({ ordering: "out-of-order", openerProvider: watch.crypto });
      const record = new Uint8Array(40).fill(byte, 0, 8);
      expect(codeOf(() => opener.open(record, bare, start))).toBe("record-forged");
      expect(watch.opens()).toBe(0);
    }
  });

  it("a batch is not looked at past 1 MiB", () => {
    const batchOfOne = (length: number): Uint8Array => {
      const plaintext = new Uint8Array(length);
      new DataView(plaintext.buffer).setUint32(0, length - 4);
      return plaintext;
    };
    expect(decodeBatch(batchOfOne(mebibyte))[0]!.length).toBe(mebibyte - 4);
    expect(codeOf(() => decodeBatch(batchOfOne(mebibyte + 1)))).toBe("batch-malformed");
  });
});

describe("an epoch", () => {
  it("is a generation above a rotation", () => {
    expect(epochOf(0, 0)).toBe(0);
    expect(epochOf(0xffff, 0xfffe)).toBe(0xffff_fffe);
    expect(generationOf(0xabcd_1234)).toBe(0xabcd);
    expect(rotationOf(0xabcd_1234)).toBe(0x1234);
  });
});
