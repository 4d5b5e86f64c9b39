import { describe, expect, it } from "vitest";
import type { Store } from "../../src/ports/index.js";
import { anyone } from "../../src/manager/index.js";
import { memoryConnector, memoryListener } from "../../src/transports/memory.js";
import { settle } from "./support.js";
import { talk, world, type Options, type World } from "./resume-support.js";

const full = { persist: "full", floor: "classic", prefer: "classic" } satisfies Options;

/** A session, and the processes of both ends are new. */
async function restarted() {
  const w = await world({ stores: true, a: full, b: full });
  const first = await w.connect();
  await talk(first);
  await w.crash(w.a, w.b);
  return { w, id: first.alice.id };
}

/** Writes of fences wait till the result is called. */
function holdFences(store: Store): () => void {
  let go!: () => void;
  const gone = new Promise<void>(resolve => (go = resolve));
  const write = store.write.bind(store);
  store.write = async (writes, options) => {
    if (writes.some(({ name }) => name.startsWith("fence/"))) await gone;
    return write(writes, options);
  };
  return go;
}

const endings = ({ a, b }: World): string[] =>
  [...a.events, ...b.events].flatMap(event =>
    event.type === "ended" && event.session !== undefined ? [event.end.kind] : [],
  );

describe("the peer's question, and one of this end's own", () => {
  it("that is about to be asked while the peer's is answered takes nothing from the answer", async () => {
    const { w, id } = await restarted();
    const events = endings(w).length;
    const go = holdFences(w.a.store!);
    const askedByB = w.ask("b");
    await settle();
    const askedByA = w.ask("a");
    await settle();
    go();
    const [bob] = await Promise.all([askedByB, askedByA]);
    await settle();
    expect([bob.id, bob.restored]).toEqual([id, "local"]);
    const alice = w.a.manager.session(id);
    alice.advanceEpoch();
    await settle();
    await talk({ alice, bob });
    expect(endings(w).slice(events)).toEqual([]);
  });

  it("that is asked after the peer's was answered leaves the lineage with the answer: no other attempt takes it", async () => {
    const { w, id } = await restarted();
    const events = endings(w).length;
    const listener = memoryListener();
    await w.b.manager.accept(listener, { allow: anyone });
    const inner = memoryConnector(listener);
    let go!: () => void;
    const reached = new Promise<void>(resolve => (go = resolve));
    const slow = {
      remote: inner.remote,
      connect: async (signal: AbortSignal) => {
        await reached;
        return inner.connect(signal);
      },
    };
    const askedByA = w.a.manager.connect(slow, { peer: w.b.identity.id });
    await settle();
    const bob = await w.ask("b");
    await settle();
    go();
    await askedByA;
    await settle();
    const alice = w.a.manager.session(id);
    const nowhere = { remote: "nowhere", connect: () => Promise.reject(new Error("no way")) };
    await w.a.manager
      .resume(nowhere, { peer: w.b.identity.id, lineage: alice.lineage })
      .catch(() => undefined);
    alice.advanceEpoch();
    await settle();
    await talk({ alice, bob });
    expect(endings(w).slice(events)).toEqual([]);
  });
});
