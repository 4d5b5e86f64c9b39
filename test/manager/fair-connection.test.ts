import { describe, expect, it } from "vitest";
import { FairConnection } from "../../src/manager/fair-connection.js";
import { Turns } from "../../src/manager/turns.js";
import { connectionContract } from "../../src/testing/contract/connection-contract.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { memoryPair } from "../../src/transports/memory.js";
import { SteppedClock } from "./stepped-clock.js";

class YieldingClock extends FakeClock {
  yield(step: () => void): void {
    setImmediate(step);
  }
}

describe("connection contract: fair shares", () => {
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 4; i++) await new Promise(resolve => setImmediate(resolve));
  };
  const makePair = () => {
    const turns = Turns.on(new YieldingClock())!;
    const [near, far] = memoryPair().map(end => new FairConnection(end, turns));
    return Promise.resolve({ near: near!, far: far!, settle, dispose: () => Promise.resolve() });
  };
  for (const { name, run } of connectionContract(makePair)) it(name, { timeout: 20_000 }, run);
});

/** Fair connections on the same turns, each with what has come on it; `send` writes at its far end. */
function setUp(count: number) {
  const clock = new SteppedClock();
  const turns = Turns.on(clock)!;
  const paths = Array.from({ length: count }, () => {
    const [inner, far] = memoryPair();
    far.start({ frame: () => undefined, drain: () => undefined, end: () => undefined });
    const connection = new FairConnection(inner, turns);
    const path = {
      connection,
      far,
      received: [] as number[],
      drains: 0,
      ended: false,
      onFrame: (): void => undefined,
    };
    connection.start({
      frame: frame => {
        path.received.push(frame[0]!);
        path.onFrame();
      },
      drain: () => path.drains++,
      end: () => void (path.ended = true),
    });
    return path;
  });
  const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
  const send = (path: number, frames: number, bytes = 1): void => {
    for (let i = 0; i < frames; i++) paths[path]!.far.write(new Uint8Array(bytes).fill(i));
  };
  const counts = (): number[] => paths.map(({ received }) => received.length);
  return { clock, turns, paths, send, counts, settle };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe("a path in a crowd", () => {
  it("fault 9 a hundred floods that begin at once have a frame each, and one share together", async () => {
    const { clock, paths, send, counts, settle } = setUp(100);
    for (let i = 0; i < 100; i++) send(i, 8);
    await settle();
    const total = (): number => counts().reduce((sum, count) => sum + count, 0);
    expect(Math.min(...counts())).toBe(1);
    expect(total()).toBe(100 + 16);
    for (let i = 0; i < 400; i++) await clock.endTurn();
    for (const { received } of paths) expect(received).toEqual(upTo(8));
  });

  it("fault 9 large frames, too, have one share together before they are opened", async () => {
    const { clock, send, counts, settle } = setUp(10);
    for (let i = 0; i < 10; i++) send(i, 1, 32_768);
    await settle();
    expect(counts().filter(count => count > 0)).toHaveLength(2);
    for (let i = 0; i < 10; i++) await clock.endTurn();
    expect(counts()).toEqual(counts().map(() => 1));
  });

  it("fault 9 one that carries little is served at once, whatever the others carry", async () => {
    const { clock, send, counts, settle } = setUp(3);
    for (const flood of [0, 1]) send(flood, 200);
    await settle();
    for (let i = 1; i <= 5; i++) {
      await clock.endTurn(20);
      send(2, 1);
      await settle();
      expect(counts()[2]).toBe(i);
    }
    expect(counts()[0]).toBeLessThan(100);
  });

  it("fault 9 the others leave one that carries little seven eighths of the time", async () => {
    const { clock, send, counts, settle } = setUp(3);
    for (const flood of [0, 1]) send(flood, 200);
    await settle();
    for (let i = 0; i < 4; i++) await clock.endTurn();
    const flooded = (): number => counts()[0]! + counts()[1]!;
    const before = flooded();
    for (const milliseconds of [2, 7, 6]) {
      send(2, 1);
      await settle();
      await clock.endTurn(milliseconds);
      expect(flooded()).toBe(before);
    }
    await clock.endTurn(1);
    expect(flooded()).toBe(before + 16);
  });

  it("64 frames a second never wait, not even a quarter of a second after a flood", async () => {
    const { clock, paths, send, counts, settle } = setUp(1);
    send(0, 200);
    await settle();
    for (let i = 0; i < 20; i++) await clock.endTurn();
    expect(counts()).toEqual([200]);
    expect(paths[0]!.drains).toBe(0);
    clock.advance(270);
    for (let i = 201; i < 300; i++) {
      send(0, 1);
      await settle();
      expect(counts()).toEqual([i]);
      await clock.endTurn(16);
    }
  });

  it("what has waited has not carried little: floods leave each other no time", async () => {
    const { clock, send, counts, settle } = setUp(2);
    for (const flood of [0, 1]) send(flood, 200);
    await settle();
    // Both carry much now.
    for (let i = 0; i < 4; i++) await clock.endTurn();
    clock.advance(10_000);
    const before = counts();
    for (let i = 0; i < 6; i++) await clock.endTurn(1);
    expect(counts()).toEqual(before.map(count => count + 3 * 16));
  });

  it("fault 9 what is sent counts, too: an answer as long as a share is one frame's in each turn", async () => {
    const { clock, paths, send, settle } = setUp(1);
    const [path] = paths;
    path!.onFrame = () => void path!.connection.write(new Uint8Array(65_536));
    send(0, 10);
    await settle();
    for (let i = 1; i <= 10; i++) {
      expect(path!.received).toEqual(upTo(i));
      await clock.endTurn();
    }
  });

  it("tells of no drain before its turn, though the path takes more", async () => {
    const { clock, paths, settle } = setUp(1);
    const [path] = paths;
    expect(path!.connection.write(new Uint8Array(65_536))).toBe(false);
    await settle();
    expect(path!.drains).toBe(0);
    await clock.endTurn();
    expect(path!.drains).toBe(1);
  });

  it("a frame that waits is delivered after resume, and not inside it", async () => {
    const { clock, paths, send, settle } = setUp(1);
    const [path] = paths;
    send(0, 40);
    await settle();
    const before = path!.received.length;
    path!.connection.pause();
    for (let i = 0; i < 4; i++) await clock.endTurn();
    expect(path!.received).toHaveLength(before);
    path!.connection.resume();
    expect(path!.received).toHaveLength(before);
    for (let i = 0; i < 8; i++) await clock.endTurn();
    expect(path!.received).toEqual(upTo(40));
  });

  it("a frame that waits comes before the end, and none comes after destroy", async () => {
    const { paths, send, settle } = setUp(2);
    for (const i of [0, 1]) send(i, 40);
    await settle();
    const [cut, destroyed] = paths;
    const [before, ...others] = paths.map(({ received }) => received.length);
    cut!.far.destroy();
    destroyed!.connection.destroy();
    await settle();
    expect([cut!.received.length, cut!.ended]).toEqual([before! + 1, true]);
    expect([destroyed!.received.length]).toEqual(others);
  });
});
