// Runs in a page of Chromium: what indexeddb-store.test.ts asks for, by name.
import { SessionError } from "../../src/errors/index.js";
import type { Store } from "../../src/ports/index.js";
import { IndexedDbStore } from "../../src/stores/indexeddb-store.js";
import { storeContract } from "../../src/testing/contract/index.js";

interface Result {
  readonly name: string;
  readonly failure?: string;
}

const opened = new WeakMap<Store, { name: string; now: () => number }>();
let databases = 0;

async function open(options: { name: string; now: () => number }): Promise<Store> {
  const store = await IndexedDbStore.open(options);
  opened.set(store, options);
  return store;
}

/** Every case of the contract, on databases whose names begin with `tab`. */
async function contract(tab: string): Promise<Result[]> {
  const results: Result[] = [];
  const fixture = {
    open: (now: () => number) => open({ name: `${tab}-${databases++}`, now }),
    again: (store: Store) => open(opened.get(store)!),
  };
  for (const { name, run } of storeContract(fixture))
    results.push(
      await run().then(
        () => ({ name }),
        (error: unknown) => ({ name, failure: String(error instanceof Error ? error.stack : error) }),
      ),
    );
  return results;
}

/** Adds one to a number that the tabs share, so many times. Returns how often another tab was first. */
async function count(times: number): Promise<{ conflicts: number; versions: string[] }> {
  const store = await IndexedDbStore.open({ name: "shared" });
  const versions: string[] = [];
  let conflicts = 0;
  while (versions.length < times) {
    const value = await store.get("count");
    const bytes = Uint8Array.of((value?.bytes[0] ?? 0) + 1);
    try {
      const [version] = await store.write([{ kind: "put", name: "count", expected: value?.version, bytes }]);
      versions.push(version!);
    } catch (error) {
      if (!SessionError.is(error, "store-conflict")) throw error;
      conflicts++;
    }
  }
  await store.close();
  return { conflicts, versions };
}

async function read(name: string): Promise<number | undefined> {
  const store = await IndexedDbStore.open({ name: "shared" });
  const value = await store.get(name);
  await store.close();
  return value?.bytes[0];
}

async function codeOf(run: () => Promise<unknown>): Promise<string> {
  return run().then(
    () => "ok",
    (error: unknown) => (SessionError.is(error) ? error.code : String(error)),
  );
}

/** Writes until the browser refuses, then removes, then writes again: how each ended. */
async function fill(): Promise<string[]> {
  const store = await IndexedDbStore.open({ name: "filled" });
  // Random, as what compresses takes no room; short, as the browser keeps long values elsewhere and counts them later.
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  const versions: string[] = [];
  const put = async (name: string): Promise<void> => {
    const [version] = await store.write([{ kind: "put", name, expected: undefined, bytes }]);
    versions.push(version!);
  };
  const steps: string[] = [];
  while (versions.length < 600) {
    const code = await codeOf(() => put(`n${versions.length}`));
    if (code === "ok") continue;
    steps.push(code);
    break;
  }
  let kept = 0;
  for await (const entry of store.entries("n")) kept += entry.bytes.length === bytes.length ? 1 : 0;
  steps.push(kept === versions.length ? "all kept" : `${kept} of ${versions.length} kept`);
  const deletes = versions
    .slice(0, 20)
    .map((expected, i) => ({ kind: "delete", name: `n${i}`, expected }) as const);
  steps.push(await codeOf(() => store.write(deletes)));
  await store.close();
  return steps;
}

let held: Store | undefined;

interface Opening {
  readonly result: {
    transaction(
      store: string,
      mode: string,
    ): { oncomplete: () => void; objectStore(name: string): { put(value: string, key: string): void } };
    close(): void;
  };
  onsuccess: () => void;
}

const browser = globalThis as unknown as { readonly indexedDB: { open(name: string): Opening } };
/** What must not be collected while it is waited for. */
const kept: unknown[] = [];

const actions = {
  contract,
  count,
  read,
  fill,
  hold: async () => {
    held = await IndexedDbStore.open({ name: "held" });
  },
  /** After another tab has deleted or upgraded the database. */
  use: () => codeOf(() => held!.get("name")),
  /** Another program's value among the rows. */
  spoil: (name: string, row: string) => {
    const request = browser.indexedDB.open(name);
    kept.push(request);
    return new Promise<void>(resolve => {
      request.onsuccess = () => {
        const transaction = request.result.transaction("rows", "readwrite");
        kept.push(transaction);
        transaction.objectStore("rows").put("no row", row);
        transaction.oncomplete = () => {
          request.result.close();
          resolve();
        };
      };
    });
  },
  readNamed: (name: string, row: string) =>
    codeOf(async () => {
      const store = await IndexedDbStore.open({ name });
      try {
        await store.get(row);
      } finally {
        await store.close();
      }
    }),
  putNamed: (name: string) =>
    codeOf(async () => {
      const store = await IndexedDbStore.open({ name });
      await store.write([{ kind: "put", name: "small", expected: undefined, bytes: Uint8Array.of(1) }]);
      await store.close();
    }),
  openNamed: (name: string) =>
    codeOf(async () => (await IndexedDbStore.open({ name, timeout: 5_000 })).close()),
};

(globalThis as unknown as { actions: typeof actions }).actions = actions;
