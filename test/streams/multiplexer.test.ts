import { describe, expect, it } from "vitest";
import {
  dataPerFrame,
  maxStreamWindow,
  sessionSpareWindow,
  streamFrameKind,
  streamWindow,
  type Stream,
} from "../../src/streams/index.js";
import { bytesOf, closed, MultiplexerEnd, MultiplexerPair, readAll } from "./multiplexer-pair.js";

const code = (name: string): Error => expect.objectContaining({ code: name }) as Error;

describe("a stream", () => {
  it("carries bytes both ways, and is forgotten at both ends when both have ended", () => {
    const pair = new MultiplexerPair();
    const { near, far } = pair.open("name");
    expect(far).toMatchObject({ id: 1, label: "name", purpose: "stream" });
    near.write(bytesOf(100));
    far.write(bytesOf(50, 9));
    near.end();
    pair.settle();
    expect(readAll(far)).toEqual(bytesOf(100));
    expect(far.readOutcome).toEqual({ error: undefined });
    far.end();
    pair.settle();
    expect(near.writeOutcome).toEqual({ error: undefined });
    expect(near.readOutcome).toBeUndefined();
    expect(pair.near.multiplexer.size).toBe(1);
    expect(readAll(near)).toEqual(bytesOf(50, 9));
    expect([near.over, far.over]).toEqual([true, true]);
    expect([pair.near.multiplexer.size, pair.far.multiplexer.size]).toEqual([0, 0]);
    expect(pair.near.multiplexer.pending).toBe(false);
  });

  it("has ids by the role of its opener, going up", () => {
    const pair = new MultiplexerPair();
    const ids = (end: MultiplexerEnd) => [0, 1, 2].map(() => end.multiplexer.open("stream", "").id);
    expect(ids(pair.near)).toEqual([1, 3, 5]);
    expect(ids(pair.far)).toEqual([2, 4, 6]);
    pair.settle();
    expect([pair.near.multiplexer.size, pair.far.multiplexer.size]).toEqual([6, 6]);
  });

  it("sends no more than the window until the far end has read half of it", () => {
    const pair = new MultiplexerPair();
    const { near, far } = pair.open();
    near.write(new Uint8Array(3 * streamWindow));
    pair.settle();
    expect(near.unsent).toBe(2 * streamWindow);
    let read = 0;
    while (read < streamWindow / 2) {
      expect(pair.far.multiplexer.sendable).toBe(false);
      read += far.read()!.length;
    }
    expect(pair.far.multiplexer.sendable).toBe(true);
    pair.settle();
    expect(near.unsent).toBe(2 * streamWindow - read);
  });

  /** Bytes that come each time that the reader has read all that was there. */
  const rounds = (pair: MultiplexerPair, { near, far }: { near: Stream; far: Stream }, count: number) =>
    Array.from({ length: count }, () => {
      near.write(new Uint8Array(2 * maxStreamWindow));
      pair.settle();
      let read = 0;
      for (let piece = far.read(); piece !== undefined; piece = far.read()) read += piece.length;
      return read / streamWindow;
    });

  it("X40 has a window that doubles where the peer uses it up and the reader keeps up, to 2 MiB", () => {
    const pair = new MultiplexerPair();
    expect(rounds(pair, pair.open(), 6)).toEqual([1, 2, 4, 8, 8, 8]);
  });

  it("X40 keeps its window where the reader does not keep up", () => {
    const pair = new MultiplexerPair();
    const { near, far } = pair.open();
    near.write(new Uint8Array(20 * streamWindow));
    for (let i = 0; i < 10; i++) {
      const before = near.unsent;
      pair.settle();
      expect(before - near.unsent).toBe(i === 0 ? streamWindow : streamWindow / 2);
      for (let read = 0; read < streamWindow / 2;) read += far.read()!.length;
    }
  });

  it("X40 keeps its window where the peer does not use it up", () => {
    const pair = new MultiplexerPair();
    const { near, far } = pair.open();
    for (let i = 0; i < 40; i++) {
      near.write(new Uint8Array(streamWindow / 4));
      pair.settle();
      while (far.read() !== undefined);
    }
    near.write(new Uint8Array(2 * maxStreamWindow));
    pair.settle();
    expect(2 * maxStreamWindow - near.unsent).toBeLessThanOrEqual(streamWindow);
  });

  it("X40 has so much beyond the first windows for all of a session, and gives back what a stream that is over had", () => {
    const pair = new MultiplexerPair();
    const streams = Array.from({ length: 6 }, () => pair.open());
    const windows = streams.map(stream => rounds(pair, stream, 5).at(-1)!);
    const grown = (windows.reduce((sum, window) => sum + window, 0) - streams.length) * streamWindow;
    expect(windows.slice(0, 4)).toEqual([8, 8, 8, 8]);
    expect(grown).toBe(sessionSpareWindow);
    streams[0]!.near.reset(0);
    pair.settle();
    expect(rounds(pair, pair.open(), 5).at(-1)).toBe(8);
  });

  it("takes turns with the others, and lets credit, ends and resets go first", () => {
    const end = new MultiplexerEnd("initiator");
    const [a, b, c] = [0, 1, 2].map(() => end.multiplexer.open("stream", ""));
    a!.write(bytesOf(3 * dataPerFrame));
    b!.write(bytesOf(2 * dataPerFrame));
    c!.end();
    const said = end.frames().map(frame => [frame[0], frame[1]]);
    const { open, data, end: ended } = streamFrameKind;
    expect(said).toEqual([
      [open, 1],
      [open, 3],
      [open, 5],
      [ended, 5],
      [data, 1],
      [data, 3],
      [data, 1],
      [data, 3],
      [data, 1],
    ]);
  });

  it("joins small writes in one frame", () => {
    const end = new MultiplexerEnd("initiator");
    const stream = end.multiplexer.open("stream", "");
    for (let i = 0; i < 10; i++) stream.write(bytesOf(10, 10 * i));
    expect(end.frames().map(frame => frame.length)).toEqual([6, 105]);
  });

  it("that is reset is over at both ends, and what waited is let go", () => {
    const pair = new MultiplexerPair();
    const { near, far } = pair.open();
    near.write(bytesOf(1000));
    pair.settle();
    far.write(bytesOf(2 * streamWindow));
    far.reset(300);
    expect(() => far.write(bytesOf(1))).toThrow(code("stream-reset"));
    expect(far.over).toBe(false);
    pair.settle();
    expect([near.over, far.over, near.resetCode]).toEqual([true, true, 300]);
    expect(near.readOutcome?.error).toMatchObject({ code: "stream-reset" });
    expect(() => near.end()).toThrow(code("stream-reset"));
    expect([pair.near.multiplexer.size, pair.far.multiplexer.size]).toEqual([0, 0]);
  });

  it("that is reset before its opening has gone out costs the peer nothing", () => {
    const end = new MultiplexerEnd("initiator");
    const stream = end.multiplexer.open("stream", "");
    stream.write(bytesOf(10));
    stream.reset(0);
    expect([stream.over, end.multiplexer.size, end.frames()]).toEqual([true, 0, []]);
  });

  it("that the peer resets behind its end can still be read", () => {
    const pair = new MultiplexerPair();
    const { near, far } = pair.open();
    far.write(bytesOf(10));
    far.end();
    pair.settle();
    far.reset(0);
    pair.settle();
    expect(() => near.write(bytesOf(1))).toThrow(code("stream-reset"));
    expect(near.over).toBe(false);
    expect(readAll(near)).toEqual(bytesOf(10));
    expect([near.readOutcome, near.over]).toEqual([{ error: undefined }, true]);
  });

  it("that is stopped is written no more, and still carries the other direction", () => {
    const pair = new MultiplexerPair();
    const { near, far } = pair.open();
    near.write(bytesOf(2 * streamWindow));
    pair.settle();
    far.stop(256);
    expect(far.read()).toBeUndefined();
    pair.settle();
    expect(near.resetCode).toBe(256);
    expect(() => near.write(bytesOf(1))).toThrow(code("stream-reset"));
    far.write(bytesOf(20));
    far.end();
    pair.settle();
    expect(readAll(near)).toEqual(bytesOf(20));
    expect([near.over, far.over]).toEqual([true, true]);
  });

  it("takes what was on its way when it was stopped or reset, without a word", () => {
    const pair = new MultiplexerPair();
    const { near, far } = pair.open();
    near.write(bytesOf(10));
    near.end();
    const onTheirWay = pair.near.frames();
    far.stop(0);
    pair.far.take(onTheirWay);
    expect(far.read()).toBeUndefined();
    far.reset(0);
    pair.settle();
    pair.far.take(onTheirWay);
    expect(pair.far.multiplexer.size).toBe(0);
  });

  it("fails with the session's error; what has come can still be read", () => {
    const pair = new MultiplexerPair();
    const { near, far } = pair.open();
    near.write(bytesOf(10));
    pair.settle();
    const told: string[] = [];
    far.listener = {
      readable: () => told.push("readable"),
      writable: () => told.push("writable"),
      over: () => told.push("over"),
    };
    pair.far.multiplexer.end(closed);
    expect(told).toEqual(["readable", "writable", "over"]);
    expect(far.readOutcome).toBeUndefined();
    expect(readAll(far)).toEqual(bytesOf(10));
    expect(far.readOutcome).toEqual({ error: closed });
    expect(() => far.write(bytesOf(1))).toThrow(closed);
    expect(() => pair.far.multiplexer.open("stream", "")).toThrow(closed);
    far.reset(0);
    expect(pair.far.frames()).toEqual([]);
  });
});

describe("what a peer may open", () => {
  it("X39 is bounded: one more is refused, and the others go on", () => {
    const pair = new MultiplexerPair({ maxStreams: 2 });
    const streams = [0, 1, 2].map(() => pair.near.multiplexer.open("stream", ""));
    pair.settle();
    expect(pair.far.opened.map(stream => stream.id)).toEqual([1, 3]);
    expect(streams[2]!.readOutcome?.error).toMatchObject({ code: "stream-refused" });
    streams[0]!.end();
    pair.settle();
    pair.far.opened[0]!.end();
    pair.settle();
    pair.open();
    expect(pair.far.opened.map(stream => stream.id)).toEqual([1, 3, 7]);
  });

  it("X39 keeps its place while anything of it is held here: bytes that nobody reads, a reset that has not gone out, a queue", () => {
    const pair = new MultiplexerPair({ maxStreams: 1 });
    const refused = (): boolean => {
      const stream = pair.near.multiplexer.open("stream", "");
      pair.far.take(pair.near.frames());
      const before = pair.far.opened.at(-1)!.id === stream.id;
      return !before;
    };
    const { near, far } = pair.open();
    near.write(bytesOf(10));
    near.end();
    pair.settle();
    far.end();
    pair.settle();
    expect(refused()).toBe(true);
    readAll(far);
    expect(refused()).toBe(false);

    pair.far.opened.at(-1)!.reset(0);
    expect(refused()).toBe(true);
    pair.settle();
    expect(refused()).toBe(false);

    const queued = pair.far.opened.at(-1)!;
    queued.hold();
    queued.reset(0);
    pair.settle();
    expect(refused()).toBe(true);
    queued.release();
    expect(refused()).toBe(false);
  });

  it("X39 is not to be opened without end while refusals cannot go out", () => {
    const end = new MultiplexerEnd("responder", 0);
    const open = (id: number): void =>
      end.multiplexer.receive(Uint8Array.of(1, id, id >>> 8, id >>> 16, 0, 0));
    for (let i = 0; i < 16_384; i++) open(2 * i + 1);
    expect(() => open(2 * 16_384 + 1)).toThrow(code("stream-malformed"));
  });

  it("X38 costs no object for each byte", () => {
    const pair = new MultiplexerPair();
    const { far } = pair.open();
    for (let i = 0; i < 10_000; i++) pair.far.multiplexer.receive(Uint8Array.of(2, 1, 0, 0, 0, i & 0xff));
    let pieces = 0;
    let length = 0;
    for (let piece = far.read(); piece !== undefined; piece = far.read()) {
      pieces++;
      length += piece.length;
    }
    expect(length).toBe(10_000);
    expect(pieces).toBeLessThan(11);
  });
});

describe("X40 a peer that breaks the rules", () => {
  const data = (id: number, length: number): Uint8Array =>
    Uint8Array.of(2, id, 0, 0, 0, ...new Uint8Array(length));
  const open = (id: number): Uint8Array => Uint8Array.of(1, id, 0, 0, 0, 0);
  const full = (id: number): Uint8Array[] =>
    Array.from({ length: 4 }, () => Uint8Array.of(2, id, 0, 0, 0, ...new Uint8Array(65_535)));

  it.each<[string, Uint8Array[]]>([
    ["opens a stream of this end's", [open(2)]],
    ["opens stream 0", [open(0)]],
    ["opens a stream twice", [open(1), open(1)]],
    ["goes back with its ids", [open(3), open(1)]],
    ["sends data for a stream of its own that it has not opened", [data(1, 1)]],
    ["sends data for a stream of this end's that is not open", [data(2, 1)]],
    ["sends something for stream 0", [Uint8Array.of(3, 0, 0, 0, 0)]],
    ["sends data behind its end", [open(1), Uint8Array.of(3, 1, 0, 0, 0), data(1, 1)]],
    ["ends twice", [open(1), Uint8Array.of(3, 1, 0, 0, 0), Uint8Array.of(3, 1, 0, 0, 0)]],
    ["sends a byte more than it has credit for", [open(1), ...full(1), data(1, 5)]],
    ["grants more than 32 bits", [open(1), Uint8Array.of(6, 1, 0, 0, 0, 255, 255, 255, 255)]],
  ])("%s", (_, frames) => {
    const end = new MultiplexerEnd("responder");
    end.take(frames.slice(0, -1));
    expect(() => end.take(frames.slice(-1))).toThrow(code("stream-malformed"));
  });

  it("answers a stream before it was opened", () => {
    const end = new MultiplexerEnd("responder");
    end.multiplexer.open("stream", "");
    expect(() => end.multiplexer.receive(data(2, 1))).toThrow(code("stream-malformed"));
  });

  it("sends on after this end has stopped reading, beyond its credit", () => {
    const end = new MultiplexerEnd("responder");
    end.take([open(1)]);
    end.opened[0]!.stop(0);
    end.take([...full(1), data(1, 4)]);
    expect(() => end.take([data(1, 1)])).toThrow(code("stream-malformed"));
  });
});
