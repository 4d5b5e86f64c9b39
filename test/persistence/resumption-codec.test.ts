import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes/index.js";
import { SessionError } from "../../src/errors/index.js";
import {
  decodeLineage,
  decodePointer,
  encodeLineage,
  encodePointer,
  lineageCodec,
  resumptionCodec,
} from "../../src/persistence/resumption-codec.js";
import type { ResumptionState } from "../../src/session/index.js";
import {
  at,
  bytes,
  clock,
  otherClock,
  progress,
  progress1,
  refused,
  secret,
  shown,
} from "./codec-support.js";

const state = (): ResumptionState => ({
  lineage: bytes(0x11),
  session: bytes(0x22),
  peer: bytes(0x33),
  role: "responder",
  suite: "IKhfs",
  ...progress,
  secrets: [secret(0x44), secret(0x55)],
});

/** What codec 1 wrote, in parts. These bytes stay as they are for ever: later versions must read them. */
const ids1 = "11".repeat(32) + "22".repeat(32) + "33".repeat(32);
const head1 = ids1 + "01" + "0102" + progress1;
const secrets1 = "02" + "44".repeat(32) + "55".repeat(32);
const written1 = head1 + secrets1;

const read = (written: string, run = clock, now = at) => decodeLineage(fromHex(written)!, run, now);

describe("what is stored of a lineage", () => {
  it("codec 1: the bytes that were written once are written and read still", () => {
    expect([lineageCodec, resumptionCodec]).toEqual([1, 1]);
    expect(toHex(encodeLineage(state(), clock))).toBe(written1);
    expect(shown(read(written1))).toEqual(shown({ ...state(), savedAt: 1_800_000_000_000 }));
  });

  it("codec 1 of a name: the peer, then the lineage", () => {
    const written = "33".repeat(32) + "11".repeat(32);
    expect(toHex(encodePointer(state()))).toBe(written);
    expect(decodePointer(fromHex(written)!)).toEqual({ peer: bytes(0x33), lineage: bytes(0x11) });
  });

  it("has one secret or two", () => {
    const one = { ...state(), secrets: [secret(0x44)] };
    expect(toHex(encodeLineage(one, clock))).toBe(head1 + "01" + "44".repeat(32));
    expect(shown(read(head1 + "01" + "44".repeat(32)))).toEqual(
      shown({ ...one, savedAt: 1_800_000_000_000 }),
    );
  });

  it.each([
    ["the wall clock, after a restart", { wall: 60_000, monotonic: -4_000 }, otherClock, 60_000],
    ["the monotonic clock, in the same run", { wall: -60_000, monotonic: 30_000 }, clock, 30_000],
    ["the greater of both, in the same run", { wall: 60_000, monotonic: 30_000 }, clock, 60_000],
    [
      "nothing where the wall clock was put back and the run is another",
      { wall: -1, monotonic: 9 },
      otherClock,
      0,
    ],
    ["all there is, and not more", { wall: 2 ** 50, monotonic: 0 }, clock, 2_591_999_000],
  ])("X42 what has gone by since is taken away: %s", (_, step, run, gone) => {
    const now = { wall: at.wall + step.wall, monotonic: at.monotonic + step.monotonic };
    expect(shown(read(written1, run, now))).toEqual(
      shown({ ...state(), lineageLeft: 2_591_999_000 - gone, at: now, savedAt: 1_800_000_000_000 }),
    );
  });

  it("X42 is never more than was stored, whatever the clocks say", () => {
    const step = fc.integer({ min: -(2 ** 40), max: 2 ** 40 });
    fc.assert(
      fc.property(step, step, fc.boolean(), (wall, monotonic, same) => {
        const now = { wall: at.wall + wall, monotonic: at.monotonic + monotonic };
        const { lineageLeft } = read(written1, same ? clock : otherClock, now);
        expect(lineageLeft).toBeLessThanOrEqual(2_591_999_000);
        expect(lineageLeft).toBeGreaterThanOrEqual(0);
      }),
      { seed: 5 },
    );
  });

  it.each([
    ["has no secret", head1 + "00", /0 secrets/],
    ["has three secrets", head1 + "03" + "44".repeat(96), /3 secrets/],
    ["has an unknown role", ids1 + "02" + "0102" + progress1 + secrets1, /role/],
    ["has an unknown suite", ids1 + "01" + "0109" + progress1 + secrets1, /suite/],
    ["has a byte more", written1 + "00", /too many/],
  ])("X40 is refused where it %s", (_, written, why) => {
    expect(() => read(written)).toThrow(refused);
    expect(() => read(written)).toThrow(why);
  });

  it("X40 is refused, cut or arbitrary, by one error, or read as something well-formed", () => {
    const whole = fromHex(written1)!;
    for (let length = 0; length < whole.length; length++)
      expect(() => decodeLineage(whole.subarray(0, length), clock, at)).toThrow(refused);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), input => {
        try {
          decodeLineage(input, clock, at);
        } catch (error) {
          expect(SessionError.is(error, "snapshot-invalid")).toBe(true);
        }
      }),
      { seed: 6 },
    );
    expect(() => decodePointer(new Uint8Array(63))).toThrow(refused);
    expect(() => decodePointer(new Uint8Array(65))).toThrow(refused);
  });
});
