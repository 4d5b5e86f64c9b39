import { describe, expect, it } from "vitest";
import { LmdbStore } from "../../src/stores/lmdb-store.js";
import { storeContract } from "../../src/testing/contract/store-contract.js";
import type { Store } from "../../src/ports/index.js";
import { freshFolder } from "./lmdb-folder.js";

const opened = new WeakMap<Store, { path: string; now: () => number }>();

async function open(options: { path: string; now: () => number }): Promise<Store> {
  const store = await LmdbStore.open(options);
  opened.set(store, options);
  return store;
}

describe("store contract: LMDB", () => {
  const fixture = {
    open: (now: () => number) => open({ path: freshFolder(), now }),
    again: (store: Store) => open(opened.get(store)!),
  };
  for (const { name, run } of storeContract(fixture)) it(name, run);
});

describe("a database of the application", () => {
  it("takes values as they are where no encoding is given, alongside and elsewhere", async () => {
    const store = await LmdbStore.open({ path: freshFolder() });
    const rows = store.database("orders");
    await rows.put("elsewhere", "two");
    await store.write([{ kind: "put", name: "a", expected: undefined, bytes: Uint8Array.of(1) }], {
      alongside: () => void rows.put("alongside", { count: 1 }),
    });
    expect(Object.fromEntries([...rows.getRange()].map(({ key, value }) => [key, value]))).toEqual({
      alongside: { count: 1 },
      elsewhere: "two",
    });
    await store.close();
  });
});
