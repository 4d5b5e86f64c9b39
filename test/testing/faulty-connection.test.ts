import { describe, expect, it } from "vitest";
import type { Connection } from "../../src/ports/index.js";
import {
  connectedPair,
  FakeClock,
  faultyConnection,
  type FaultOptions,
  type FaultyConnection,
  type PairEnd,
} from "../../src/testing/index.js";
import { memoryPair } from "../../src/transports/memory.js";

const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

/** What arrives of the frames 0 to 19 through a connection with faults. */
async function arriving(
  faults: FaultOptions,
  clock?: FakeClock,
): Promise<{ got: number[]; end: FaultyConnection }> {
  const [near, far] = memoryPair({ delivery: "datagram" });
  const end = faultyConnection(near, clock === undefined ? faults : { ...faults, clock });
  const got: number[] = [];
  const nothing = (): void => undefined;
  end.start({ frame: nothing, drain: nothing, end: nothing });
  far.start({ frame: ([first]) => void got.push(first!), drain: nothing, end: () => void got.push(-1) });
  for (let i = 0; i < 20; i++) end.write(Uint8Array.of(i, i));
  await settled();
  return { got, end };
}

const all = Array.from({ length: 20 }, (_, i) => i);

describe("faultyConnection", () => {
  it("passes everything where no fault is asked for", async () => {
    expect((await arriving({ seed: 1 })).got).toEqual(all);
  });

  it("does the same for the same seed, and something else for another", async () => {
    const faults = { drop: 0.3, repeat: 0.3, reorder: 0.2 };
    const [first, again, other] = [
      await arriving({ ...faults, seed: 5 }),
      await arriving({ ...faults, seed: 5 }),
      await arriving({ ...faults, seed: 6 }),
    ];
    expect(again.got).toEqual(first.got);
    expect(other.got).not.toEqual(first.got);
  });

  it("drops, repeats, reorders, corrupts and cuts, and counts it", async () => {
    const drop = await arriving({ seed: 2, drop: 0.5 });
    expect(drop.got).toHaveLength(20 - drop.end.faults.drop);
    const repeat = await arriving({ seed: 2, repeat: 0.5 });
    expect(repeat.got).toHaveLength(20 + repeat.end.faults.repeat);
    const reorder = await arriving({ seed: 2, reorder: 0.3 });
    reorder.end.active = false;
    await settled();
    expect(reorder.got).not.toEqual(all);
    expect([...reorder.got].sort((a, b) => a - b)).toEqual(all);
    const cut = await arriving({ seed: 2, cut: 0.2 });
    expect(cut.end.faults.cut).toBeGreaterThan(0);
    expect(cut.got.at(-1)).toBe(-1);
  });

  it("delays by the clock that it is given", async () => {
    const clock = new FakeClock();
    const { got } = await arriving({ seed: 3, delay: 1, longestDelay: 50 }, clock);
    expect(got).toEqual([]);
    clock.advance(50);
    await settled();
    expect([...got].sort((a, b) => a - b)).toEqual(all);
  });

  it("refuses what is no probability", () => {
    const [near] = memoryPair();
    expect(() => faultyConnection(near, { seed: 1, drop: 1.5 })).toThrow(/0 to 1/);
  });

  it("lets a session on datagrams show that it bears all of that", async () => {
    const ends: Partial<Record<PairEnd, FaultyConnection>> = {};
    const wrap = (connection: Connection, side: PairEnd): Connection => {
      const end = faultyConnection(connection, {
        seed: 1,
        drop: 0.1,
        repeat: 0.2,
        reorder: 0.2,
        corrupt: 0.1,
      });
      end.active = false;
      ends[side] = end;
      return end;
    };
    const clock = new FakeClock();
    const pair = await connectedPair({ manager: { clock }, path: { delivery: "datagram" }, wrap });
    const end = ends.responder!;
    end.active = true;
    for (let i = 0; i < 50; i++) await pair.responder.send(`message ${i}`);
    end.active = false;
    await pair.responder.send("last");
    const got: string[] = [];
    while (got.at(-1) !== "last") got.push((await pair.initiator.receive())!.text());
    expect(end.faults.drop * end.faults.repeat * end.faults.reorder * end.faults.corrupt).toBeGreaterThan(0);
    expect(new Set(got).size).toBe(got.length);
    expect(got).toHaveLength(51 - end.faults.drop - end.faults.corrupt);
    const closed = pair.close();
    await settled();
    clock.advance(10_000);
    await closed;
  });
});
