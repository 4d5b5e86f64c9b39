import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  dataPerFrame,
  maxStreamWindow,
  streamFrameKind,
  streamWindow,
  type Stream,
} from "../../src/streams/index.js";
import { MultiplexerEnd } from "./multiplexer-pair.js";

interface OpenAction {
  readonly kind: "open";
  readonly end: 0 | 1;
  readonly stream: number;
}

type Action =
  | OpenAction
  | {
      readonly kind: "end" | "reset" | "stop" | "read" | "readAll";
      readonly end: 0 | 1;
      readonly stream: number;
    }
  | { readonly kind: "write"; readonly end: 0 | 1; readonly stream: number; readonly length: number }
  | { readonly kind: "send" | "deliver"; readonly end: 0 | 1; readonly frames: number };

const which = fc.constantFrom(0 as const, 1 as const);
const stream = fc.nat({ max: 5 });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("open" as const), end: which, stream }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("end" as const, "reset" as const, "stop" as const),
      end: which,
      stream,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom("read" as const, "readAll" as const), end: which, stream }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("write" as const),
      end: which,
      stream,
      length: fc.nat({ max: 200_000 }),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constantFrom("send" as const, "deliver" as const),
      end: which,
      frames: fc.nat({ max: 12 }),
    }),
  },
);

/** One direction of one stream, as it should be: bytes are counted, and each has the value of its place. */
interface Direction {
  written: number;
  /** Bytes that have been delivered to the other end. */
  arrived: number;
  read: number;
  /** Bytes that the reader's end has granted beyond the first window. */
  granted: number;
  ended: boolean;
}

/** Two multiplexers over two queues of frames, and what they should do. */
class World {
  readonly ends = [new MultiplexerEnd("initiator", 8), new MultiplexerEnd("responder", 8)] as const;
  /** Frames on their way to each end. */
  readonly wires: [Uint8Array[], Uint8Array[]] = [[], []];
  readonly streams: [Stream[], Stream[]] = [[], []];
  readonly directions = new Map<string, Direction>();
  /** Credit of each direction as its frames tell, by sender and id. */
  readonly credit = new Map<string, number>();

  act(action: Action): void {
    switch (action.kind) {
      case "open":
        this.streams[action.end].push(this.ends[action.end].multiplexer.open("stream", ""));
        break;
      case "send":
        for (let i = 0; i <= action.frames; i++) this.#send(action.end);
        break;
      case "deliver":
        for (let i = 0; i <= action.frames; i++) this.#deliver(action.end);
        break;
      default: {
        const stream = this.streams[action.end][action.stream];
        if (stream !== undefined) this.#use(action, stream);
      }
    }
    this.#check();
  }

  /** Everything goes out, is read and ended. */
  finish(): void {
    for (let idle = 0; idle < 2;) {
      idle++;
      for (const end of [0, 1] as const) {
        while (this.#send(end)) idle = 0;
        while (this.#deliver(end)) idle = 0;
        for (const stream of this.streams[end]) if (this.#read(end, stream)) idle = 0;
        for (const stream of this.streams[end]) {
          const direction = this.direction(end, stream.id);
          if (stream.writeOutcome !== undefined || direction.ended) continue;
          stream.end();
          direction.ended = true;
          idle = 0;
        }
      }
    }
  }

  direction(sender: 0 | 1, id: number): Direction {
    const key = `${sender} ${id}`;
    const direction = this.directions.get(key) ?? {
      written: 0,
      arrived: 0,
      read: 0,
      granted: 0,
      ended: false,
    };
    this.directions.set(key, direction);
    return direction;
  }

  #use(action: Exclude<Extract<Action, { readonly stream: number }>, OpenAction>, stream: Stream): void {
    const { end } = action;
    const direction = this.direction(end, stream.id);
    switch (action.kind) {
      case "write": {
        if (stream.writeOutcome !== undefined || direction.ended) break;
        const from = direction.written;
        stream.write(Uint8Array.from({ length: action.length }, (_, i) => valueAt(stream.id, from + i)));
        direction.written += action.length;
        break;
      }
      case "end":
        if (stream.writeOutcome !== undefined || direction.ended) break;
        stream.end();
        direction.ended = true;
        break;
      case "reset":
        stream.reset(0);
        break;
      case "stop":
        stream.stop(0);
        break;
      case "read":
        this.#readOne(end, stream);
        break;
      case "readAll":
        this.#read(end, stream);
    }
  }

  #read(end: 0 | 1, stream: Stream): boolean {
    let any = false;
    while (this.#readOne(end, stream)) any = true;
    return any;
  }

  /** Bytes come in order, each once, and the end comes behind all of them. */
  #readOne(end: 0 | 1, stream: Stream): boolean {
    const direction = this.direction(end === 0 ? 1 : 0, stream.id);
    const piece = stream.read();
    if (piece === undefined) {
      if (stream.readOutcome !== undefined && stream.readOutcome.error === undefined)
        expect(direction.read).toBe(direction.written);
      return false;
    }
    for (let i = 0; i < piece.length; i += 997)
      if (piece[i] !== valueAt(stream.id, direction.read + i))
        expect.fail(`byte ${direction.read + i} is wrong`);
    direction.read += piece.length;
    expect(direction.read).toBeLessThanOrEqual(direction.written);
    return true;
  }

  /** Credit is never exceeded. */
  #send(end: 0 | 1): boolean {
    const { sendable } = this.ends[end].multiplexer;
    const frame = this.ends[end].next();
    expect(frame !== undefined).toBe(sendable);
    if (frame === undefined) return false;
    const id = new DataView(frame.buffer).getUint32(1, true);
    if (frame[0] === streamFrameKind.data) {
      expect(frame.length).toBeLessThanOrEqual(dataPerFrame + 5);
      const left = (this.credit.get(`${end} ${id}`) ?? streamWindow) - (frame.length - 5);
      expect(left).toBeGreaterThanOrEqual(0);
      this.credit.set(`${end} ${id}`, left);
    }
    if (frame[0] === streamFrameKind.credit)
      this.direction(end === 0 ? 1 : 0, id).granted += new DataView(frame.buffer).getUint32(5, true);
    this.wires[end === 0 ? 1 : 0].push(frame);
    return true;
  }

  #deliver(end: 0 | 1): boolean {
    const frame = this.wires[end].shift();
    if (frame === undefined) return false;
    if (frame[0] === streamFrameKind.credit) {
      const view = new DataView(frame.buffer);
      const key = `${end} ${view.getUint32(1, true)}`;
      this.credit.set(key, (this.credit.get(key) ?? streamWindow) + view.getUint32(5, true));
    }
    if (frame[0] === streamFrameKind.data) {
      const id = new DataView(frame.buffer).getUint32(1, true);
      this.direction(end === 0 ? 1 : 0, id).arrived += frame.length - 5;
    }
    const opened = this.ends[end].opened.length;
    this.ends[end].take([frame]);
    this.streams[end].push(...this.ends[end].opened.slice(opened));
    return true;
  }

  /** Memory is bounded: no more streams of the peer's than agreed, no more bytes of each than the window. */
  #check(): void {
    for (const end of [0, 1] as const) {
      const live = this.streams[end].filter(stream => !stream.over);
      expect(this.ends[end].multiplexer.size).toBe(live.length);
      expect(live.filter(stream => stream.id % 2 === end).length).toBeLessThanOrEqual(8);
    }
    for (const [, { written, arrived, read, granted }] of this.directions) {
      expect(arrived).toBeLessThanOrEqual(streamWindow + granted);
      expect(granted - read).toBeLessThanOrEqual(maxStreamWindow - streamWindow);
      expect(arrived).toBeLessThanOrEqual(written);
    }
  }
}

/** The byte at that place of that stream. */
function valueAt(id: number, place: number): number {
  return (id * 89 + place + (place >>> 8)) & 0xff;
}

describe("any schedule of two multiplexers", () => {
  it("keeps bytes, order and credit, bounds memory, and lets both ends forget every stream", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), actions => {
        const world = new World();
        for (const step of actions) world.act(step);
        world.finish();
        for (const end of world.ends) {
          expect(end.multiplexer.size).toBe(0);
          expect(end.multiplexer.pending).toBe(false);
        }
        // Where neither end gave up, what was written has been read.
        for (const streams of world.streams) {
          for (const stream of streams) {
            const outcomes = [stream.readOutcome, stream.writeOutcome];
            if (outcomes.some(outcome => outcome?.error !== undefined)) continue;
            for (const sender of [0, 1] as const) {
              const { read, written } = world.direction(sender, stream.id);
              expect(read).toBe(written);
            }
          }
        }
      }),
      { seed: 20261124, numRuns: 150 },
    );
  });
});
