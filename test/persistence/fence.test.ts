import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Writer } from "../../src/bytes/index.js";
import { openFence, sealedName, type Fence } from "../../src/persistence/index.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { FatedStore, put, seal, textOf, type Fate } from "./seals.js";

const name = "fence/peer";

async function fenceAt(store: MemoryStore, fence: bigint): Promise<void> {
  const plaintext = new Writer().u64(fence).bytes(new Uint8Array(16)).finish();
  const bytes = seal.seal(sealedName(name, 1), plaintext);
  await store.write([{ kind: "put", name, expected: (await store.get(name))?.version, bytes }]);
}

describe("Fence", () => {
  it("counts openings from 1", async () => {
    const store = new MemoryStore();
    for (const expected of [1n, 2n, 3n]) expect((await openFence(store, seal, name)).fence).toBe(expected);
  });

  it("S3 whoever is overtaken writes nothing more, and learns why", async () => {
    const store = new MemoryStore();
    const older = await openFence(store, seal, name);
    await older.write([put("row", undefined, "older")]);
    const newer = await openFence(store, seal, name);
    const { version } = (await store.get("row"))!;
    await expect(older.write([put("row", version, "older again")])).rejects.toMatchObject({
      code: "store-fenced",
      cause: { code: "store-conflict" },
    });
    expect(await textOf(store, "row")).toBe("older");
    await newer.write([put("row", version, "newer")]);
    expect(await textOf(store, "row")).toBe("newer");
  });

  it("a conflict of something else stays a conflict, and other errors stay what they are", async () => {
    const store = new FatedStore();
    const fence = await openFence(store, seal, name);
    await expect(fence.write([put("row", "other")])).rejects.toMatchObject({ code: "store-conflict" });
    store.fates.push("fails");
    await expect(fence.write([put("row", undefined)])).rejects.toMatchObject({ code: "store-failed" });
  });

  it("returns the versions of what was asked for", async () => {
    const store = new MemoryStore();
    const fence = await openFence(store, seal, name);
    const versions = await fence.write([put("a", undefined), put("b", undefined)]);
    expect(versions).toEqual([(await store.get("a"))!.version, (await store.get("b"))!.version]);
  });

  it("raises above what was seen elsewhere, and overtakes itself", async () => {
    const store = new MemoryStore();
    const fence = await openFence(store, seal, name);
    const raised = await fence.raise(41n);
    expect(raised.fence).toBe(42n);
    expect((await raised.raise(7n)).fence).toBe(43n);
    await expect(fence.write([])).rejects.toMatchObject({ code: "store-fenced" });
    await expect(raised.write([])).rejects.toMatchObject({ code: "store-fenced" });
  });

  it("S3 who was overtaken raises nothing", async () => {
    const store = new MemoryStore();
    const older = await openFence(store, seal, name);
    const newer = await openFence(store, seal, name);
    await expect(older.raise(9n)).rejects.toMatchObject({ code: "store-fenced" });
    await newer.write([put("row", undefined)]);
  });

  it("refuses to wrap", async () => {
    const store = new MemoryStore();
    await fenceAt(store, 2n ** 64n - 2n);
    const last = await openFence(store, seal, name);
    expect(last.fence).toBe(2n ** 64n - 1n);
    await expect(openFence(store, seal, name)).rejects.toMatchObject({ code: "nonce-exhausted" });
    await expect(last.raise(0n)).rejects.toMatchObject({ code: "nonce-exhausted" });
    const low = await openFence(new MemoryStore(), seal, name);
    await expect(low.raise(2n ** 64n - 1n)).rejects.toMatchObject({ code: "nonce-exhausted" });
    await low.write([]);
  });

  it("does not begin again where it can't read what stands there", async () => {
    const store = new MemoryStore();
    await store.write([put(name, undefined, "x".repeat(72))]);
    await expect(openFence(store, seal, name)).rejects.toMatchObject({ code: "snapshot-invalid" });
    const { bytes } = (await store.get(name))!;
    expect(new TextDecoder().decode(bytes)).toBe("x".repeat(72));
  });

  it("knows its own write again when its answer was lost", async () => {
    const store = new FatedStore();
    store.fates.push("lost");
    const fence = await openFence(store, seal, name);
    expect(fence.fence).toBe(1n);
    await fence.write([put("row", undefined)]);
    store.fates.push("lost");
    const raised = await fence.raise(5n);
    await raised.write([put("other", undefined)]);
  });

  it("holds nothing where its write failed, whether or not it lands later", async () => {
    const store = new FatedStore();
    const held = await openFence(store, seal, name);
    store.fates.push("late");
    await expect(openFence(store, seal, name)).rejects.toMatchObject({ code: "store-failed" });
    await held.write([put("row", undefined)]);
    await store.land();
    await expect(held.write([])).rejects.toMatchObject({ code: "store-fenced" });
    expect((await openFence(store, seal, name)).fence).toBe(3n);
  });

  it("S3 S4 of any number of openers, whatever their writes meet, no two have one number, and the last alone writes", async () => {
    const fates = fc.array(fc.constantFrom<Fate>("ok", "ok", "fails", "lost", "late"), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fates, fc.integer({ min: 1, max: 6 }), fc.boolean(), async (meets, openers, raise) => {
        const store = new FatedStore();
        store.fates.push(...meets);
        const opened = await Promise.allSettled(
          Array.from({ length: openers }, async () => {
            const fence = await openFence(store, seal, name);
            return raise ? fence.raise(2n) : fence;
          }),
        );
        await store.land();
        store.fates.length = 0;
        const fences = opened.flatMap(result => (result.status === "fulfilled" ? [result.value] : []));
        expect(new Set(fences.map(({ fence }) => fence)).size).toBe(fences.length);
        const holding: Fence[] = [];
        for (const fence of fences) {
          const written = await fence.write([put(`row ${fence.fence}`, undefined)]).then(
            () => true,
            () => false,
          );
          if (written) holding.push(fence);
        }
        const last = fences.reduce((high, { fence }) => (fence > high ? fence : high), 0n);
        expect(holding.every(({ fence }) => fence === last)).toBe(true);
        expect(holding.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200, seed: 5 },
    );
  });
});
