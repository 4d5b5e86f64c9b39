import { describe, expect, it } from "vitest";
import { Turns } from "../../src/manager/turns.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { SteppedClock } from "./stepped-clock.js";

/** Turns, and what has gone on in them. */
function setUp(sessions = 0) {
  const clock = new SteppedClock();
  const turns = Turns.on(clock, () => sessions)!;
  const done: string[] = [];
  const step = (name: string) => () => void done.push(name);
  const paths = (...names: string[]): void => names.forEach(name => turns.pathGoesOn(step(name)));
  /** Ends a turn of so many milliseconds; the result is what has gone on since the last one. */
  const endTurn = async (milliseconds = 0): Promise<string[]> => {
    await clock.endTurn(milliseconds);
    return done.splice(0);
  };
  return { clock, turns, step, paths, endTurn };
}

describe("turns", () => {
  it("there are none on a clock that cannot yield", () => {
    expect(Turns.on(new FakeClock())).toBeUndefined();
  });

  it("let one path go on in each, two bursts and two handshakes, first come, first served", async () => {
    const { turns, step, paths, endTurn } = setUp();
    paths("path 1", "path 2");
    for (const i of [1, 2, 3]) turns.burstGoesOn(step(`burst ${i}`));
    for (const i of [1, 2, 3]) turns.handshakeBegins(step(`handshake ${i}`));
    expect(await endTurn()).toEqual(["handshake 1", "handshake 2", "burst 1", "burst 2", "path 1"]);
    expect(await endTurn()).toEqual(["handshake 3", "burst 3", "path 2"]);
    expect(await endTurn()).toEqual([]);
  });

  it("end only while somebody waits", async () => {
    const { clock, paths, endTurn } = setUp();
    expect(clock.armed).toBe(false);
    paths("path");
    await endTurn();
    // The turn of the path has to end, for its length to be known.
    expect(clock.armed).toBe(true);
    await endTurn();
    expect(clock.armed).toBe(false);
  });

  it("fault 9 a path that carries much waits seven times as long as the last one's turn was, while others have frames", async () => {
    const { clock, turns, paths, endTurn } = setUp();
    paths("path 1", "path 2");
    expect(await endTurn()).toEqual(["path 1"]);
    turns.lightFrame();
    expect(await endTurn(2)).toEqual([]);
    expect(clock.armed).toBe(false);
    turns.lightFrame();
    expect(await endTurn(9)).toEqual([]);
    turns.lightFrame();
    expect(await endTurn(4)).toEqual([]);
    expect(await endTurn(1)).toEqual(["path 2"]);
  });

  it("no path waits where nobody else has had a frame for 10 ms", async () => {
    const { turns, paths, endTurn } = setUp();
    paths("path 1", "path 2", "path 3");
    expect(await endTurn()).toEqual(["path 1"]);
    turns.lightFrame();
    expect(await endTurn(10)).toEqual(["path 2"]);
    expect(await endTurn(5)).toEqual(["path 3"]);
  });

  it("fault 9 a path waits all the longer where the last one's turn was longer than 2 ms, but no more than 250 ms", async () => {
    for (const [turn, rest] of [
      [2, 14],
      [4, 56],
      [20, 250],
    ] as const) {
      const { clock, turns, paths, endTurn } = setUp();
      /** Others have a frame every 5 ms. */
      const pass = async (milliseconds: number): Promise<string[]> => {
        const seen: string[] = [];
        for (let left = milliseconds; left > 0; left -= 5) {
          turns.lightFrame();
          seen.push(...(await endTurn(Math.min(left, 5))));
        }
        return seen;
      };
      paths("path 1", "path 2");
      await endTurn();
      clock.schedule(turn, () => turns.lightFrame());
      expect(await endTurn(turn)).toEqual([]);
      expect(await pass(rest - 1)).toEqual([]);
      expect(await pass(1)).toEqual(["path 2"]);
    }
  });

  it("fault 9 what the collector takes for the bytes of a path counts as its time: the more sessions are alive, the longer", async () => {
    const afterOne = async (sessions: number) => {
      const { turns, paths, endTurn } = setUp(sessions);
      paths("path 1", "path 2");
      await endTurn();
      turns.heavyFrame(65_536);
      turns.lightFrame();
      return [await endTurn(), await endTurn(3), await endTurn(1)];
    };
    expect(await afterOne(10)).toEqual([["path 2"], [], []]);
    expect(await afterOne(10_000)).toEqual([[], [], ["path 2"]]);
  });

  it("a path that waits goes on where the others have had no frame for 10 ms", async () => {
    const { turns, paths, endTurn } = setUp();
    paths("path 1", "path 2");
    await endTurn();
    turns.lightFrame();
    expect(await endTurn(9)).toEqual([]);
    expect(await endTurn(1)).toEqual(["path 2"]);
  });

  it("bursts and handshakes go on while paths wait", async () => {
    const { turns, step, paths, endTurn } = setUp();
    paths("path 1", "path 2");
    await endTurn();
    turns.lightFrame();
    expect(await endTurn(2)).toEqual([]);
    turns.burstGoesOn(step("burst"));
    turns.handshakeBegins(step("handshake"));
    expect(await endTurn()).toEqual(["handshake", "burst"]);
  });

  it("have room for one share of bursts each", async () => {
    const { turns, endTurn } = setUp();
    expect([turns.takesBurst(0.5), turns.takesBurst(0.5), turns.takesBurst(0.25)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(turns.number).toBe(0);
    await endTurn();
    expect(turns.takesBurst(0.25)).toBe(true);
    expect(turns.number).toBe(1);
  });
});
