import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes/index.js";
import { SessionError } from "../../src/errors/index.js";
import {
  decodeRestoration,
  encodeRestoration,
  restorationCodec,
} from "../../src/persistence/restoration-codec.js";
import type { RestorationState } from "../../src/session/index.js";
import {
  at,
  bytes,
  clock,
  limits,
  limits1,
  otherClock,
  progress,
  progress1,
  refused,
  secret,
  shown,
} from "./codec-support.js";

const mark = { opener: bytes(0x77, 16), number: 3n };

const state = (): RestorationState => ({
  lineage: bytes(0x11),
  peer: bytes(0x33),
  role: "responder",
  suite: "IKhfs",
  ...progress,
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
      limits,
      age: 1_000,
      idle: 2_000,
      used: { sentMessages: 1, receivedMessages: 2, sentBytes: 3, receivedBytes: 4 },
      received: { messages: 5, bytes: 6 },
    },
  ],
});

/** What codec 1 wrote, in parts. These bytes stay as they are for ever: later versions must read them. */
const ids1 = "77".repeat(16) + "0000000000000003" + "11".repeat(32) + "33".repeat(32);
const head1 = ids1 + "01" + "0102" + progress1;
const known1 = "01" + "0000000000000009" + "99".repeat(32);
const beforeLimits1 =
  "22".repeat(32) +
  "00" +
  "0000000000000005" +
  "0007" +
  "41".repeat(32) +
  "42".repeat(32) +
  "43".repeat(32) +
  "44".repeat(32);
const afterLimits1 =
  "00000000000003e8" +
  "00000000000007d0" +
  "0000000000000001" +
  "0000000000000002" +
  "0000000000000003" +
  "0000000000000004" +
  "0000000000000005" +
  "0000000000000006";
const session1 = beforeLimits1 + limits1 + afterLimits1;
const written1 = head1 + known1 + "01" + session1;

const read = (written: string, run = clock, now = at) => decodeRestoration(fromHex(written)!, run, now);

describe("what is stored of a session that can be restored", () => {
  it("has the bytes of PROTOCOL, section 20.7, codec 1", () => {
    expect(restorationCodec).toBe(1);
    expect(toHex(encodeRestoration(state(), mark, clock))).toBe(written1);
  });

  it("is read as it was written", () => {
    expect(shown(read(written1))).toEqual(shown({ ...state(), mark, savedAt: 1_800_000_000_000 }));
  });

  it("is read less the time that has gone by", () => {
    const now = { wall: 1_800_000_060_000, monotonic: 100 };
    const [session] = state().sessions;
    expect(shown(read(written1, otherClock, now))).toEqual(
      shown({
        ...state(),
        mark,
        savedAt: 1_800_000_000_000,
        lineageLeft: 2_591_939_000,
        at: now,
        sessions: [{ ...session, age: 61_000, idle: 62_000 }],
      }),
    );
  });

  it("may know no restore of the peer, and hold up to three sessions", () => {
    const [session] = state().sessions;
    const three = { ...state(), known: undefined, sessions: [session!, session!, session!] };
    const written = head1 + "00" + "03" + session1.repeat(3);
    expect(toHex(encodeRestoration(three, mark, clock))).toBe(written);
    expect(shown(read(written))).toEqual(shown({ ...three, mark, savedAt: 1_800_000_000_000 }));
  });

  it("X42 gains nothing by a clock that was put back", () => {
    const before = { wall: 1_799_999_940_000, monotonic: 6_000 };
    expect(read(written1, otherClock, before).lineageLeft).toBe(2_591_999_000);
    expect(read(written1, clock, before).lineageLeft).toBe(2_591_998_000);
  });

  const overLargest = limits1.replace("001fffffffffffff", "0020000000000000");
  const warnAtMax = limits1.replace("0000000000000011", "0000000000000101");
  it.each([
    ["knows two restores of the peer", head1 + "02" + known1.slice(2).repeat(2) + "01" + session1, /knows 2/],
    ["has no session", head1 + known1 + "00", /0 sessions/],
    ["has four sessions", head1 + known1 + "04" + session1.repeat(4), /4 sessions/],
    [
      "has a hard edge over 2^53 - 1",
      head1 + known1 + "01" + beforeLimits1 + overLargest + afterLimits1,
      /limits/,
    ],
    [
      "has a warning at its hard edge",
      head1 + known1 + "01" + beforeLimits1 + warnAtMax + afterLimits1,
      /limits/,
    ],
    ["has an unknown role", ids1 + "02" + "0102" + progress1 + known1 + "01" + session1, /role/],
    ["has an unknown suite", ids1 + "01" + "0109" + progress1 + known1 + "01" + session1, /suite/],
    ["has a key role that is none", written1.replace("22".repeat(32) + "00", "22".repeat(32) + "02"), /role/],
    ["has a byte more", written1 + "00", /too many/],
  ])("X40 is refused where it %s", (_, written, why) => {
    expect(() => read(written)).toThrow(refused);
    expect(() => read(written)).toThrow(why);
  });

  it("X40 is refused, cut or changed, by one error, or read as something well-formed", () => {
    const whole = fromHex(written1)!;
    for (let length = 0; length < whole.length; length++)
      expect(() => decodeRestoration(whole.subarray(0, length), clock, at)).toThrow(refused);
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
      { seed: 7 },
    );
  });
});
