import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { storeContract } from "../../src/testing/contract/store-contract.js";

describe("store contract: memory", () => {
  for (const { name, run } of storeContract(() => Promise.resolve(new MemoryStore()))) it(name, run);
});

describe("memory store", () => {
  it("X45 prints nothing of what it holds", async () => {
    const store = new MemoryStore();
    await store.compareAndSwap("marked-name", undefined, new TextEncoder().encode("marked-value"));
    const shown = inspect(store, { depth: 9, showHidden: true }) + JSON.stringify(store);
    expect(shown).not.toMatch(/marked|6d ?61 ?72 ?6b/);
    const [result] = await Promise.allSettled([store.compareAndSwap("marked-name", "0", new Uint8Array(1))]);
    expect(inspect(result)).not.toContain("marked");
  });
});
