import { describe, expect, it } from "vitest";
import type { Connection, ConnectionEvents, Store } from "../../src/ports/index.js";
import { clearFrame, clearFrameType } from "../../src/record/index.js";
import { settle } from "./support.js";
import { talk, world, type Options, type World } from "./resume-support.js";

const full = { persist: "full", floor: "classic", prefer: "classic" } satisfies Options;

const refusals = new Map<number | undefined, Uint8Array>([
  [clearFrameType.restore, clearFrame(clearFrameType.restoreRefused, new Uint8Array(0))],
  [clearFrameType.resume, clearFrame(clearFrameType.resumptionRefused, new Uint8Array(0))],
]);

/** Somebody on the path answers in the peer's place, and the peer never hears the question. */
function refuse(path: Connection): void {
  let events!: ConnectionEvents;
  const [start, write] = [path.start.bind(path), path.write.bind(path)];
  path.start = given => start((events = given));
  path.write = frame => {
    const refusal = refusals.get(frame[0]);
    if (refusal === undefined) return write(frame);
    setImmediate(() => events.frame(refusal));
    return true;
  };
}

async function rowsOf(store: Store | undefined): Promise<string[]> {
  const rows: string[] = [];
  for await (const { name } of store!.entries("")) if (!name.startsWith("session/")) rows.push(name);
  return rows.sort();
}

async function empty(store: Store): Promise<void> {
  for await (const { name, version } of store.entries(""))
    await store.write([{ kind: "delete", name, expected: version }]);
}

/** What a process that was killed tells nobody. */
const told = ({ a, b }: World): unknown[] =>
  [...a.errors, ...b.errors].filter(error => !String(error).includes("This process is dead."));

/** A session whose processes have died, and the one by a full handshake that took its place. */
async function replaced(why: "lost" | "forged") {
  const somebody = { forges: false };
  const tap = (path: Connection): void => {
    if (somebody.forges) refuse(path);
  };
  const w = await world({ stores: true, a: full, b: full, tap });
  const first = await w.connect();
  await talk(first);
  await w.crash(w.a, w.b);
  w.clock.advance(2_000);
  if (why === "lost") await empty(w.b.store!);
  const rows = { a: await rowsOf(w.a.store), b: await rowsOf(w.b.store) };
  somebody.forges = why === "forged";
  const second = await w.connect();
  somebody.forges = false;
  expect(second.alice.restored).toBeUndefined();
  expect(second.alice.lineage).not.toBe(first.alice.lineage);
  await talk(second);
  return { w, first, second, rows, somebody };
}

describe.each(["lost", "forged"] as const)("a full handshake in the place of a refused restore: %s", why => {
  it("is kept under its own lineage, and carries on from there", async () => {
    const { w, second, rows } = await replaced(why);
    const now = await rowsOf(w.a.store);
    expect(now).toEqual(expect.arrayContaining(rows.a));
    const own = now.filter(name => !rows.a.includes(name)).map(name => name.split("/", 1)[0]);
    expect(own).toEqual(["fence", "lineage", "restoration", "restore", "resumption"]);
    const lineages = now.filter(name => name.endsWith(second.alice.lineage));
    expect(lineages).toHaveLength(3);
    await w.crash(w.a, w.b);
    const third = await w.connect();
    expect(third.alice.restored).toBe("local");
    expect(third.alice.id).toBe(second.alice.id);
    await talk(third);
    expect(told(w)).toEqual([]);
  });

  it("takes with it what was kept of itself, and nothing else, when it is closed", async () => {
    const { w, first, second, rows } = await replaced(why);
    await second.alice.close();
    await settle();
    expect(await rowsOf(w.a.store)).toEqual(rows.a);
    expect(await rowsOf(w.b.store)).toEqual(rows.b);
    const third = await w.connect();
    expect(third.alice.restored).toBe(why === "lost" ? undefined : "local");
    if (why === "forged") expect(third.alice.id).toBe(first.alice.id);
    await talk(third);
    expect(told(w)).toEqual([]);
  });

  it("writes nothing over what is kept of the other where it ends before it was kept", async () => {
    const { w, second, somebody } = await replaced(why);
    await w.crash(w.a, w.b);
    if (why === "lost") await empty(w.b.store!);
    const row = `restoration/${w.b.identity.id}/${second.alice.lineage}`;
    const store = w.a.store!;
    const [get, write] = [store.get.bind(store), store.write.bind(store)];
    let version: unknown;
    let waiting = false;
    let answer!: () => void;
    const answered = new Promise<void>(resolve => (answer = resolve));
    store.write = async (writes, options) => {
      const fence = writes.find(({ name }) => name.startsWith("fence/"));
      if (fence !== undefined && (await get(fence.name)) === undefined) {
        version = (await get(row))?.version;
        waiting = true;
        await answered;
      }
      return write(writes, options);
    };
    somebody.forges = why === "forged";
    const asked = w.ask("a").catch(() => undefined);
    await settle();
    expect(waiting).toBe(true);
    await w.cut();
    expect((await get(row))?.version).toEqual(version);
    answer();
    await asked;
    await settle();
    expect((await get(row))?.version).toEqual(version);
    expect(told(w)).toEqual([]);
  });

  it("S3 is under its own fence: who takes it in another process is not written over", async () => {
    const { w, second } = await replaced(why);
    const fenced: string[] = [];
    w.a.manager.on("fenced", ({ session }) => void fenced.push(session!));
    w.a.together();
    const nowhere = { remote: "nowhere", connect: () => Promise.reject(new Error("no way")) };
    const choice = { peer: w.b.identity.id, lineage: second.alice.lineage };
    await expect(w.a.manager.resume(nowhere, choice)).rejects.toMatchObject({ code: "connect-failed" });
    second.alice.advanceEpoch();
    await settle();
    expect(fenced).toEqual([second.alice.id]);
  });
});
