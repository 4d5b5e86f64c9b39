import { describe, it } from "vitest";
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
