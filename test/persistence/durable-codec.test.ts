import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes/index.js";
import { incarnation } from "../../src/outbox/index.js";
import {
  decodeInbox,
  decodeOutboxHead,
  encodeInbox,
  encodeOutboxHead,
  inboxCodec,
  outboxHeadCodec,
  outboxRowCodec,
} from "../../src/persistence/durable-codec.js";
import { DurableNames } from "../../src/persistence/durable-names.js";

const own = incarnation(
  Uint8Array.from({ length: 16 }, (_, i) => i),
  3n,
);
const refused = expect.objectContaining({ code: "snapshot-invalid" }) as Error;

/** The bytes of codec 1, which are read for ever. */
const head1 = "0001000102030405060708090a0b0c0d0e0f000000000000000300000000000000010000000000000002";
const inbox1 = "00000000000000050001000102030405060708090a0b0c0d0e0f00000000000000030000000000000007";

describe("what is stored of a durable channel", () => {
  it("the head of the outbox, codec 1", () => {
    const head = [{ incarnation: own, acknowledged: 1n, last: 2n }];
    expect(outboxHeadCodec).toBe(1);
    expect(toHex(encodeOutboxHead(head))).toBe(head1);
    expect(decodeOutboxHead(fromHex(head1)!)).toEqual(head);
  });

  it("the inbox, codec 1", () => {
    const inbox = { floor: 5n, delivered: [{ incarnation: own, delivered: 7n }] };
    expect(inboxCodec).toBe(1);
    expect(toHex(encodeInbox(inbox))).toBe(inbox1);
    expect(decodeInbox(fromHex(inbox1)!)).toEqual(inbox);
  });

  it("X40 cut short or longer, they are refused", () => {
    for (const [hex, decode] of [
      [head1, decodeOutboxHead],
      [inbox1, decodeInbox],
    ] as const) {
      const whole = fromHex(hex)!;
      for (let length = 0; length < whole.length; length++)
        expect(() => decode(whole.subarray(0, length))).toThrow(refused);
      expect(() => decode(Uint8Array.of(...whole, 0))).toThrow(refused);
    }
  });

  it("names are part of the format; those of messages are in the order of their numbers", () => {
    const names = new DurableNames("ab".repeat(32));
    expect(outboxRowCodec).toBe(1);
    expect([names.fence, names.head, names.inbox]).toEqual([
      `fence/${"ab".repeat(32)}`,
      `outbox/${"ab".repeat(32)}/head`,
      `inbox/${"ab".repeat(32)}`,
    ]);
    const name = `outbox/${"ab".repeat(32)}/000102030405060708090a0b0c0d0e0f/00000000000000ff`;
    expect(names.row(own, 255n)).toBe(name);
    expect(names.parseRow(name)).toEqual({ hex: own.hex, seq: 255n });
    expect(names.row(own, 2n ** 64n - 1n) > names.row(own, 2n ** 63n)).toBe(true);
    for (const other of [names.head, `${name}0`, `${names.outbox}x/1`])
      expect(names.parseRow(other)).toBeUndefined();
  });
});
