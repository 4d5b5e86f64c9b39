import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, Secret, toHex } from "../../src/bytes/index.js";
import { SessionError } from "../../src/errors/index.js";
import {
  decodeRestoration,
  encodeRestoration,
  restorationCodec,
} from "../../src/persistence/restoration-codec.js";
import { defaultLimits, encodeLimits, type RestorationState } from "../../src/session/index.js";

const bytes = (byte: number, length = 32): Uint8Array => new Uint8Array(length).fill(byte);
const secret = (byte: number): Secret => Secret.take(bytes(byte));
const clock = bytes(0xc1, 8);
const at = { wall: 1_800_000_000_000, monotonic: 5_000 };
const mark = { opener: bytes(0x77, 16), number: 3n };

const state = (): RestorationState => ({
  lineage: bytes(0x11),
  peer: bytes(0x33),
  role: "responder",
  suite: "IKhfs",
  lineageLeft: 2_591_999_000,
  at,
  totals: {
    sent: { messages: 2n ** 60n, bytes: 3n, records: 4n, rotations: 5 },
    received: { messages: 6n, bytes: 7n, records: 8n, rotations: 9 },
    generations: 10,
    renewals: 11,
    resumptions: 12,
  },
  known: { fence: 9n, random: bytes(0x99) },
  sessions: [
    {
      session: bytes(0x22),
      keyRole: "initiator",
      renewals: 5,
      generation: 7,
      restore: { initiator: secret(0x41), responder: secret(0x42) },
      nextRoot: secret(0x43),
      exporter: secret(0x44),
      limits: defaultLimits,
      age: 1_000,
      idle: 2_000,
      used: { sentMessages: 1, receivedMessages: 2, sentBytes: 3, receivedBytes: 4 },
      received: { messages: 1, bytes: 2 },
    },
  ],
});

const u64 = (value: number): string => value.toString(16).padStart(16, "0");

/** What codec 1 wrote. These bytes stay as they are for ever: later versions must read them. */
const written1 =
  "77".repeat(16) +
  u64(3) +
  "11".repeat(32) +
  "33".repeat(32) +
  "01" +
  "0102" +
  "000000009a7ec418" +
  "000001a3185c5000" +
  "0000000000001388" +
  "c1".repeat(8) +
  "1000000000000000" +
  [3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map(u64).join("") +
  "01" +
  u64(9) +
  "99".repeat(32) +
  "01" +
  "22".repeat(32) +
  "00" +
  u64(5) +
  "0007" +
  ["41", "42", "43", "44"].map(byte => byte.repeat(32)).join("") +
  toHex(encodeLimits(defaultLimits)) +
  [1_000, 2_000, 1, 2, 3, 4, 1, 2].map(u64).join("");

describe("what is stored of a session that can be restored", () => {
  it("has the bytes of PROTOCOL, section 20.7, codec 1", () => {
    expect(restorationCodec).toBe(1);
    expect(toHex(encodeRestoration(state(), mark, clock))).toBe(written1);
  });

  it("is read as it was written, less the time that has gone by", () => {
    const later = { wall: at.wall + 60_000, monotonic: 100 };
    const read = decodeRestoration(fromHex(written1)!, bytes(0xc2, 8), later);
    const expected = state();
    expect(read).toMatchObject({
      mark,
      lineageLeft: expected.lineageLeft - 60_000,
      known: expected.known,
      totals: expected.totals,
      savedAt: at.wall,
    });
    const [session] = read.sessions;
    expect(session).toMatchObject({ age: 61_000, idle: 62_000, limits: defaultLimits, keyRole: "initiator" });
    expect(toHex(session!.restore.responder.expose())).toBe("42".repeat(32));
  });

  it("X42 gains nothing by a clock that was put back", () => {
    const before = { wall: at.wall - 60_000, monotonic: 6_000 };
    expect(decodeRestoration(fromHex(written1)!, bytes(0), before).lineageLeft).toBe(2_591_999_000);
    expect(decodeRestoration(fromHex(written1)!, clock, before).lineageLeft).toBe(2_591_998_000);
  });

  it("X40 is refused, cut, prolonged or changed, by one error, or read as something well-formed", () => {
    const whole = fromHex(written1)!;
    for (let length = 0; length < whole.length; length++)
      expect(() => decodeRestoration(whole.subarray(0, length), clock, at)).toThrow(
        expect.objectContaining({ code: "snapshot-invalid" }),
      );
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const changed = Uint8Array.from(whole);
        changed[place]! ^= change;
        try {
          decodeRestoration(changed, clock, at);
        } catch (error) {
          expect(SessionError.is(error, "snapshot-invalid")).toBe(true);
        }
      }),
    );
  });
});
