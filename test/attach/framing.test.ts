import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat } from "../../src/bytes/index.js";
import { SessionError } from "../../src/errors/index.js";
import { patterned } from "../../src/testing/contract/connection-fixture.js";
import { Deframer, defaultMaxFrameLength, encodeFrame, frameHeader } from "../../src/attach/index.js";

const seed = 20_261;

/** Compares as Buffers do: the runner's own comparison takes seconds for a megabyte. */
function expectSame(actual: readonly Uint8Array[], expected: readonly Uint8Array[]): void {
  expect(actual.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
  expect(actual.findIndex((frame, i) => Buffer.compare(frame, expected[i]!) !== 0)).toBe(-1);
}

/** Bytes of the heap that are in use after a collection. */
function usedHeap(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

function drain(deframer: Deframer): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let frame = deframer.next(); frame !== undefined; frame = deframer.next()) frames.push(frame);
  return frames;
}

/** `bytes` cut at each of `cuts`, which are taken modulo what is left. */
function chunks(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const cut of cuts) {
    if (at >= bytes.length) break;
    const end = Math.min(bytes.length, at + cut);
    parts.push(bytes.slice(at, end));
    at = end;
  }
  if (at < bytes.length) parts.push(bytes.slice(at));
  return parts;
}

const frameLists = fc.array(
  fc
    .tuple(
      fc.oneof(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1000, max: 1050 }),
        fc.integer({ min: 1, max: 9000 }),
      ),
      fc.nat(),
    )
    .map(([length, at]) => patterned(length, at)),
  { minLength: 1, maxLength: 12 },
);
const cutLists = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 5 }),
    fc.integer({ min: 1, max: 1100 }),
    fc.integer({ min: 1, max: 20_000 }),
  ),
  { maxLength: 300 },
);

describe("framing", () => {
  it("a header is the length, big-endian", () => {
    expect(frameHeader(1)).toEqual(Uint8Array.of(0, 0, 0, 1));
    expect(frameHeader(0xfedcba98)).toEqual(Uint8Array.of(0xfe, 0xdc, 0xba, 0x98));
    expect(encodeFrame(Uint8Array.of(7, 8))).toEqual(Uint8Array.of(0, 0, 0, 2, 7, 8));
    for (const length of [0, -1, 1.5, 2 ** 32]) {
      expect(() => frameHeader(length)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
    }
  });

  it("X40 any chunking gives the same frames, and no more is held than what has arrived and was not read", () => {
    fc.assert(
      fc.property(frameLists, cutLists, (frames, cuts) => {
        const stream = concat(...frames.map(encodeFrame));
        const deframer = new Deframer();
        const read: Uint8Array[] = [];
        let arrived = 0;
        let consumed = 0;
        for (const chunk of chunks(stream, cuts)) {
          deframer.push(chunk);
          arrived += chunk.length;
          for (const frame of drain(deframer)) {
            read.push(frame);
            consumed += 4 + frame.length;
          }
          expect(deframer.held).toBe(arrived - consumed);
        }
        expectSame(read, frames);
        expect(deframer.held).toBe(0);
      }),
      { seed, numRuns: 300 },
    );
  });

  it("X40 frames that are read later than they are pushed are the same, too", () => {
    fc.assert(
      fc.property(
        frameLists,
        cutLists,
        fc.array(fc.nat({ max: 3 }), { maxLength: 300 }),
        (frames, cuts, reads) => {
          const deframer = new Deframer();
          const read: Uint8Array[] = [];
          chunks(concat(...frames.map(encodeFrame)), cuts).forEach((chunk, i) => {
            deframer.push(chunk);
            for (let n = reads[i] ?? 0; n > 0; n--) {
              const frame = deframer.next();
              if (frame !== undefined) read.push(frame);
            }
          });
          read.push(...drain(deframer));
          expectSame(read, frames);
        },
      ),
      { seed, numRuns: 300 },
    );
  });

  it("X40 mutated and random streams give frames within the limit or a typed error, then nothing", () => {
    const mutations = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
    fc.assert(
      fc.property(
        frameLists,
        cutLists,
        mutations,
        fc.integer({ min: 1, max: 9000 }),
        (frames, cuts, changes, max) => {
          const stream = concat(...frames.map(encodeFrame));
          for (const [at, value] of changes) stream[at % stream.length] = value;
          const deframer = new Deframer();
          deframer.setMaxFrameLength(max);
          let total = 0;
          try {
            for (const chunk of chunks(stream, cuts)) {
              deframer.push(chunk);
              for (const frame of drain(deframer)) {
                expect(frame.length).toBeGreaterThan(0);
                expect(frame.length).toBeLessThanOrEqual(max);
                total += 4 + frame.length;
              }
            }
            expect(deframer.held).toBe(stream.length - total);
          } catch (error) {
            if (!SessionError.is(error)) throw error;
            expect(["frame-too-long", "frame-malformed"]).toContain(error.code);
            expect(deframer.held).toBe(0);
            deframer.push(encodeFrame(Uint8Array.of(1)));
            expect(deframer.held).toBe(0);
            expect(() => deframer.next()).toThrow(error);
          }
        },
      ),
      { seed, numRuns: 500 },
    );
  });

  it("X40 a length over the limit is refused with its 4 bytes; at the limit it is not", () => {
    const deframer = new Deframer();
    deframer.push(frameHeader(defaultMaxFrameLength));
    expect(deframer.next()).toBeUndefined();
    const other = new Deframer();
    other.push(frameHeader(defaultMaxFrameLength + 1));
    expect(() => other.next()).toThrow(
      expect.objectContaining({
        code: "frame-too-long",
        message: expect.stringContaining("1048641") as unknown,
      }),
    );
    const most = new Deframer();
    most.push(Uint8Array.of(0xff, 0xff, 0xff, 0xff));
    expect(() => most.next()).toThrow(expect.objectContaining({ code: "frame-too-long" }));
  });

  it("X40 a length of zero is refused", () => {
    const deframer = new Deframer();
    deframer.push(new Uint8Array(4));
    expect(() => deframer.next()).toThrow(expect.objectContaining({ code: "frame-malformed" }));
  });

  it("X40 a limit that is lowered holds for a frame that has begun", () => {
    const deframer = new Deframer();
    deframer.push(frameHeader(1000));
    expect(deframer.next()).toBeUndefined();
    deframer.setMaxFrameLength(999);
    deframer.push(new Uint8Array(1000));
    expect(() => deframer.next()).toThrow(expect.objectContaining({ code: "frame-too-long" }));
  });

  it("X40 10,000 announcements of 1 MiB hold 4 bytes each", () => {
    const before = process.memoryUsage().arrayBuffers;
    const deframers = Array.from({ length: 10_000 }, () => new Deframer());
    for (const deframer of deframers) {
      deframer.push(frameHeader(1_048_576));
      expect(deframer.next()).toBeUndefined();
    }
    expect(deframers.reduce((sum, { held }) => sum + held, 0)).toBe(40_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  });

  it("X40 a frame of 256 KiB byte by byte is put together, and never holds more than has arrived", () => {
    const deframer = new Deframer();
    const frame = patterned(262_144, 3);
    const stream = encodeFrame(frame);
    let faults = 0;
    for (let i = 0; i < stream.length - 1; i++) {
      deframer.push(stream.slice(i, i + 1));
      if (deframer.next() !== undefined || (i % 1000 === 0 && deframer.held !== i + 1)) faults++;
    }
    expect(faults).toBe(0);
    deframer.push(stream.slice(-1));
    expectSame(drain(deframer), [frame]);
  });

  it("X40 single bytes do not cost an object each", () => {
    const deframers = Array.from({ length: 20 }, () => new Deframer());
    const before = usedHeap();
    for (const deframer of deframers) {
      deframer.push(frameHeader(1_048_576));
      for (let i = 0; i < 10_000; i++) {
        deframer.push(Uint8Array.of(i));
        deframer.next();
      }
    }
    // 200,000 objects would be more than 20 MB.
    expect(usedHeap() - before).toBeLessThan(4_000_000);
    expect(deframers.every(deframer => deframer.held === 10_004)).toBe(true);
  });

  it.each([
    [65_536, 65_536],
    [49_152, 65_536],
    [49_151, 49_151],
    [16_384, 16_384],
    [20, 20],
  ])("X40 of a chunk of 65,536 bytes with %d that are unread it holds %d", (unread, held) => {
    const deframer = new Deframer();
    const read = 65_536 - unread;
    const chunk = new Uint8Array(65_536);
    if (read > 0) chunk.set(encodeFrame(patterned(read - 4, 3)));
    const next = patterned(70_000, 4);
    chunk.set(encodeFrame(next).subarray(0, unread), read);
    deframer.push(chunk);
    expect(deframer.next()?.length).toBe(read > 0 ? read - 4 : undefined);
    if (read > 0) expect(deframer.next()).toBeUndefined();
    expect(deframer.held).toBe(held);
    deframer.push(encodeFrame(next).slice(unread));
    expectSame(drain(deframer), [next]);
  });

  it("does not keep a chunk for the last bytes of it", () => {
    const deframer = new Deframer();
    const chunk = new Uint8Array(65_536);
    chunk.set(encodeFrame(patterned(65_000, 1)));
    chunk.set(frameHeader(5000), 65_004);
    deframer.push(chunk.subarray(0, 65_008));
    expect(deframer.next()?.length).toBe(65_000);
    expect(deframer.next()).toBeUndefined();
    expect(deframer.held).toBe(4);
    const other = new Deframer();
    other.push(chunk.subarray(0, 3));
    expect(other.next()).toBeUndefined();
    expect(other.held).toBe(3);
  });

  it("gives each frame bytes of its own, also where the chunk is a Buffer", () => {
    const deframer = new Deframer();
    const chunk = Buffer.from(concat(encodeFrame(Uint8Array.of(1, 2)), encodeFrame(Uint8Array.of(3))));
    deframer.push(chunk);
    const frames = drain(deframer);
    chunk.fill(0);
    expect(frames).toEqual([Uint8Array.of(1, 2), Uint8Array.of(3)]);
    expect(frames.map(frame => [frame.constructor, frame.buffer.byteLength])).toEqual([
      [Uint8Array, 2],
      [Uint8Array, 1],
    ]);
  });
});
