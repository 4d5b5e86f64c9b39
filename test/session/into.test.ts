import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes/index.js";
import { defaultKeyPolicy } from "../../src/session/index.js";
import { codeOf } from "../record/support.js";
import { at, establishedPair } from "./machine-pair.js";

const now = at(3);
const seed = 20261129;

describe("bare records into memory that is there", () => {
  it("are the records and the texts that the other variants give, and nothing behind them is touched", () => {
    const { initiator, responder } = establishedPair();
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(12_288, 12_289, 70_000)),
        fc.nat({ max: 9 }),
        fc.boolean(),
        (length, more, both) => {
          const plaintext = new Uint8Array(length).map((_, i) => i * 7 + length);
          const output = new Uint8Array(length + 28 + more).fill(0xa5);
          expect(initiator.machine.encryptInto(plaintext, output, now)).toBe(length + 28);
          expect(output.subarray(length + 28).every(byte => byte === 0xa5)).toBe(true);
          const record = output.subarray(0, length + 28);
          if (!both) {
            expect(Buffer.compare(responder.machine.decrypt(record, now), plaintext)).toBe(0);
            return;
          }
          const text = new Uint8Array(length + more).fill(0x5a);
          expect(responder.machine.decryptInto(record, text, now)).toBe(length);
          expect(Buffer.compare(text.subarray(0, length), plaintext)).toBe(0);
          expect(text.subarray(length).every(byte => byte === 0x5a)).toBe(true);
        },
      ),
      { seed, numRuns: 100 },
    );
    expect(responder.machine.metrics().received).toMatchObject({ messages: 100n });
    expect(initiator.machine.metrics().sent.bytes).toBe(responder.machine.metrics().received.bytes);
  });

  it("too little room changes nothing: no counter is used, no key rotated, and the record opens afterwards", () => {
    const pair = establishedPair({
      both: { keyPolicy: { ...defaultKeyPolicy, rotation: { records: 1, bytes: 1e9, time: 1e9 } } },
    });
    const { initiator, responder } = pair;
    initiator.machine.encrypt(utf8("first"), now);
    const before = initiator.machine.inspect();
    const output = new Uint8Array(28 + 4).fill(0xa5);
    expect(codeOf(() => initiator.machine.encryptInto(utf8("hello"), output, now))).toBe("invalid-argument");
    expect(output.every(byte => byte === 0xa5)).toBe(true);
    expect(initiator.machine.inspect()).toEqual(before);
    expect(initiator.machine.metrics().sent.messages).toBe(1n);

    const record = responder.machine.encrypt(utf8("hello"), now);
    const text = new Uint8Array(4).fill(0xa5);
    expect(codeOf(() => initiator.machine.decryptInto(record, text, now))).toBe("invalid-argument");
    expect(text.every(byte => byte === 0xa5)).toBe(true);
    expect(initiator.machine.decryptInto(record, new Uint8Array(5), now)).toBe(5);
  });

  it("R23 what is forged leaves the output as it was", () => {
    const { initiator, responder } = establishedPair();
    const record = initiator.machine.encrypt(utf8("hello"), now);
    const text = new Uint8Array(5).fill(0xa5);
    for (let i = 0; i < record.length; i++) {
      const forged = record.slice();
      forged[i]! ^= 1;
      expect(codeOf(() => responder.machine.decryptInto(forged, text, now))).toMatch(/^(record|epoch)-/);
    }
    expect(codeOf(() => responder.machine.decryptInto(record.subarray(0, 27), text, now))).toBe(
      "record-too-short",
    );
    expect(text.every(byte => byte === 0xa5)).toBe(true);
    responder.machine.decryptInto(record, text, now);
    expect(text).toEqual(utf8("hello"));
  });
});
