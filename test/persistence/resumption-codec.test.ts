import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, Secret, toHex } from "../../src/bytes/index.js";
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

const bytes = (byte: number, length = 32): Uint8Array => new Uint8Array(length).fill(byte);
const clock = bytes(0xc1, 8);
const at = { wall: 1_800_000_000_000, monotonic: 5_000 };

const state = (): ResumptionState => ({
  lineage: bytes(0x11),
  session: bytes(0x22),
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
  secrets: [Secret.take(bytes(0x44)), Secret.take(bytes(0x55))],
});

/** What codec 1 wrote. These bytes stay as they are for ever: later versions must read them. */
const written1 =
  "11".repeat(32) +
  "22".repeat(32) +
  "33".repeat(32) +
  "01" +
  "0102" +
  "000000009a7ec418" +
  "000001a3185c5000" +
  "0000000000001388" +
  "c1".repeat(8) +
  "1000000000000000" +
  "0000000000000003" +
  "0000000000000004" +
  "0000000000000005" +
  "0000000000000006" +
  "0000000000000007" +
  "0000000000000008" +
  "0000000000000009" +
  "000000000000000a" +
  "000000000000000b" +
  "000000000000000c" +
  "02" +
  "44".repeat(32) +
  "55".repeat(32);

const shown = ({ secrets, ...rest }: ResumptionState): object => ({
  ...rest,
  secrets: secrets.map(secret => toHex(secret.expose())),
});

describe("what is stored of a lineage", () => {
  it("codec 1: the bytes that were written once are written and read still", () => {
    expect([lineageCodec, resumptionCodec]).toEqual([1, 1]);
    expect(toHex(encodeLineage(state(), clock))).toBe(written1);
    expect(shown(decodeLineage(fromHex(written1)!, clock, at))).toEqual({
      ...shown(state()),
      savedAt: at.wall,
    });
  });

  it("codec 1 of a name: the peer, then the lineage", () => {
    const written = "33".repeat(32) + "11".repeat(32);
    expect(toHex(encodePointer(state()))).toBe(written);
    expect(decodePointer(fromHex(written)!)).toEqual({ peer: bytes(0x33), lineage: bytes(0x11) });
  });

  it("one secret or two; none, and three, are refused", () => {
    for (const [count, legal] of [
      [0, false],
      [1, true],
      [2, true],
      [3, false],
    ] as const) {
      const secrets = Array.from({ length: count }, () => Secret.take(bytes(1)));
      const encoded = encodeLineage({ ...state(), secrets }, clock);
      const decode = (): unknown => decodeLineage(encoded, clock, at);
      if (legal) expect(decode).not.toThrow();
      else expect(decode).toThrow(/secrets/);
    }
  });

  it.each([
    ["the wall clock, after a restart", { wall: 60_000, monotonic: -4_000 }, bytes(9, 8), 60_000],
    ["the monotonic clock, in the same run", { wall: -60_000, monotonic: 30_000 }, clock, 30_000],
    ["the greater of both, in the same run", { wall: 60_000, monotonic: 30_000 }, clock, 60_000],
    [
      "nothing where the wall clock was put back and the run is another",
      { wall: -1, monotonic: 9 },
      bytes(9, 8),
      0,
    ],
    ["all there is, and not more", { wall: 2 ** 50, monotonic: 0 }, clock, 2_591_999_000],
  ])("X42 what has gone by since is taken away: %s", (_, step, run, gone) => {
    const now = { wall: at.wall + step.wall, monotonic: at.monotonic + step.monotonic };
    const read = decodeLineage(encodeLineage(state(), clock), run, now);
    expect(read.lineageLeft).toBe(state().lineageLeft - gone);
    expect(read.at).toEqual(now);
  });

  it("X42 is never more than was stored, whatever the clocks say", () => {
    const step = fc.integer({ min: -(2 ** 40), max: 2 ** 40 });
    fc.assert(
      fc.property(step, step, fc.boolean(), (wall, monotonic, same) => {
        const now = { wall: at.wall + wall, monotonic: at.monotonic + monotonic };
        const read = decodeLineage(encodeLineage(state(), clock), same ? clock : bytes(7, 8), now);
        expect(read.lineageLeft).toBeLessThanOrEqual(state().lineageLeft);
        expect(read.lineageLeft).toBeGreaterThanOrEqual(0);
      }),
      { seed: 5 },
    );
  });

  it("X40 anything else is snapshot-invalid, and nothing worse", () => {
    const good = encodeLineage(state(), clock);
    const refused = (input: Uint8Array): void => {
      try {
        decodeLineage(input, clock, at);
      } catch (error) {
        expect(SessionError.is(error, "snapshot-invalid")).toBe(true);
      }
    };
    for (let length = 0; length < good.length; length++) {
      expect(() => decodeLineage(good.subarray(0, length), clock, at)).toThrow(SessionError);
      refused(good.subarray(0, length));
    }
    expect(() => decodeLineage(new Uint8Array([...good, 0]), clock, at)).toThrow(/too many/);
    for (const [index, byte, why] of [
      [96, 2, /role/],
      [98, 9, /suite/],
    ] as const) {
      const edited = Uint8Array.from(good);
      edited[index] = byte;
      expect(() => decodeLineage(edited, clock, at)).toThrow(why);
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), refused), { seed: 6 });
    expect(() => decodePointer(new Uint8Array(63))).toThrow(SessionError);
    expect(() => decodePointer(new Uint8Array(65))).toThrow(SessionError);
  });
});
