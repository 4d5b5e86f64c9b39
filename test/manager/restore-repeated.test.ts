import { describe, expect, it } from "vitest";
import type { Connection } from "../../src/ports/index.js";
import { clearFrameType } from "../../src/record/index.js";
import { memoryListener } from "../../src/transports/memory.js";
import { BareEnd, pass, settle } from "./support.js";
import { talk, world, type Options } from "./resume-support.js";

const full = { persist: "full", floor: "classic", prefer: "classic" } satisfies Options;

/** Turns of the event loop that the policy takes. */
const delays = [0, 1, 5, 20];

/** a's process has died, and it asks again; somebody sends a copy of its question on another path, `ahead` of it or behind it. */
async function repeated(ahead: boolean, turns: number) {
  const copies = memoryListener();
  let copied = 0;
  const copy = async (frame: Uint8Array): Promise<void> => {
    copied++;
    (await BareEnd.to(copies)).connection.write(frame);
  };
  const tap = (path: Connection): void => {
    const write = path.write.bind(path);
    path.write = frame => {
      if (frame[0] !== clearFrameType.restore || copied > 0) return write(frame);
      const sent = copy(Uint8Array.from(frame));
      if (!ahead) return write(frame);
      void sent.then(() => write(frame));
      return true;
    };
  };
  let late = 0;
  const allow = async (): Promise<boolean> => {
    await settle(late);
    return true;
  };
  const w = await world({ stores: true, a: full, b: full, allow, tap });
  await w.b.manager.accept(copies, { allow });
  const { alice: before } = await w.connect();
  await w.crash(w.a);
  late = turns;
  w.b.events.length = 0;
  const asked = w.connect();
  await pass(w.clock, 30_000);
  const after = await asked;
  expect(copied).toBe(1);
  expect(w.b.manager.sessions()).toEqual([after.bob]);
  expect(w.b.events.filter(event => event.type === "ended" && event.session !== undefined)).toEqual([]);
  await talk(after);
  return { w, before, after };
}

describe("a question that somebody repeats at once on another path", () => {
  it.each(delays)("R16 changes nothing behind the original: policies of %i turns", async turns => {
    const { before, after } = await repeated(false, turns);
    expect(after.alice.restored).toBe("local");
    expect(after.alice.id).toBe(before.id);
  });

  it.each(delays)("R16 costs a resumption ahead of it: policies of %i turns", async turns => {
    const { w, before, after } = await repeated(true, turns);
    expect(after.alice.resumed?.from).toBe(before.id);
    await w.crash(w.a);
    const third = await w.connect();
    expect(third.alice.restored).toBe("local");
    expect(third.alice.id).toBe(after.alice.id);
  });
});
