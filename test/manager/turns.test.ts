import { describe, expect, it } from "vitest";
import { Turns } from "../../src/manager/turns.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { SteppedClock } from "./stepped-clock.js";

/** Turns, and what has gone on in them. */
function setUp() {
  const clock = new SteppedClock();
  const turns = Turns.on(clock)!;
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
    expect(await endTurn(13)).toEqual([]);
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

  it("no path waits for more than 20 ms, however long the turn was", async () => {
    const { turns, paths, endTurn } = setUp();
    paths("path 1", "path 2");
    await endTurn();
    turns.lightFrame();
    expect(await endTurn(9)).toEqual([]);
    expect(await endTurn(19)).toEqual([]);
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
