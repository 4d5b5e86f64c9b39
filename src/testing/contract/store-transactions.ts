import { check, checkEqual } from "./check.js";
import {
  all,
  checkAbsent,
  checkRejects,
  checkValue,
  namesOf,
  one,
  put,
  remove,
  mustHave,
  two,
  version,
  type StoreCase,
} from "./store-fixture.js";

/** What holds of writes with several parts, and of what the application writes alongside. */
export const transactionCases: StoreCase[] = [
  {
    name: "all parts of a write take place, and each has its version in the same order",
    async run({ store }) {
      const [a, b] = await store.write([put("a", undefined), put("b", undefined, two)]);
      const kept = await version(store, put("kept", undefined));
      const versions = await store.write([
        put("c", undefined),
        remove("a", a!),
        mustHave("kept", kept),
        put("b", b, one),
      ]);
      checkEqual(versions.length, 4, "versions");
      await checkAbsent(store, "a");
      await checkValue(store, "c", one, versions[0]);
      checkEqual(versions[1], undefined, "the version of what was removed");
      checkEqual(versions[2], kept, "the version that was required");
      await checkValue(store, "b", one, versions[3]);
    },
  },
  {
    name: "a conflict in any part writes nothing of any part",
    async run({ store }) {
      const kept = await version(store, put("kept", undefined));
      const old = kept;
      const present = await version(store, put("kept", old, two));
      const parts = [put("a", undefined), remove("kept", present), put("b", undefined)];
      for (const conflict of [put("c", old), remove("c", old), mustHave("c", old)])
        for (const at of [0, 1, 2, 3])
          await checkRejects(
            store.write([...parts.slice(0, at), conflict, ...parts.slice(at)]),
            "store-conflict",
          );
      await checkValue(store, "kept", two, present);
      checkEqual(await namesOf(store, ""), "kept", "names");
    },
  },
  {
    name: "require holds for a version and for an absence, and changes nothing",
    async run({ store }) {
      const fence = await version(store, put("fence", undefined));
      await store.write([mustHave("fence", fence), mustHave("absent", undefined), put("a", undefined)]);
      await checkValue(store, "fence", one, fence);
      await checkAbsent(store, "absent");
      await checkRejects(store.write([mustHave("fence", undefined), put("b", undefined)]), "store-conflict");
      await checkRejects(store.write([mustHave("absent", fence), put("b", undefined)]), "store-conflict");
      await version(store, put("fence", fence, two));
      await checkRejects(store.write([mustHave("fence", fence), put("b", undefined)]), "store-conflict");
      await checkAbsent(store, "b");
    },
  },
  {
    name: "a name twice in one write is refused with invalid-argument",
    async run({ store }) {
      await checkRejects(store.write([put("a", undefined), put("a", undefined, two)]), "invalid-argument");
      await checkRejects(store.write([mustHave("a", undefined), put("a", undefined)]), "invalid-argument");
      await checkAbsent(store, "a");
    },
  },
  {
    name: "a write without parts does nothing",
    async run({ store }) {
      checkEqual((await store.write([])).length, 0, "versions");
    },
  },
  {
    name: "a write of 1,000 parts is one transaction",
    async run({ store }) {
      const names = Array.from({ length: 1_000 }, (_, i) => `n${String(i).padStart(4, "0")}`);
      const parts = names.map(name => put(name, undefined));
      await checkRejects(store.write([...parts, put("z", "0")]), "store-conflict");
      checkEqual((await all(store.entries(""))).length, 0, "entries after the conflict");
      checkEqual(new Set(await store.write(parts)).size, 1_000, "versions that differ");
      checkEqual(await namesOf(store, ""), names.join(), "names");
    },
  },
  {
    name: "a conflict costs those who write at the same time nothing",
    async run({ store }) {
      const results = await Promise.allSettled(
        Array.from({ length: 40 }, (_, i) =>
          store.write(i % 2 === 0 ? [put(`n${i}`, undefined)] : [put(`n${i}`, undefined), put("x", "0")]),
        ),
      );
      for (const [i, { status }] of results.entries())
        checkEqual(status, i % 2 === 0 ? "fulfilled" : "rejected", `write ${i}`);
      checkEqual((await all(store.entries("n"))).length, 20, "entries");
    },
  },
  {
    name: "alongside is called once, synchronously within the transaction, where the store is transactional",
    async run({ store }) {
      let calls = 0;
      const alongside = (): void => void calls++;
      if (!store.transactional) {
        await checkRejects(store.write([put("a", undefined)], { alongside }), "invalid-argument");
        checkEqual(calls, 0, "calls");
        return checkAbsent(store, "a");
      }
      await store.write([put("a", undefined)], { alongside });
      checkEqual(calls, 1, "calls");
      await checkRejects(store.write([put("a", undefined)], { alongside }), "store-conflict");
      checkEqual(calls, 1, "calls, after a conflict");
    },
  },
  {
    name: "what alongside throws rejects the write, and nothing is written; nor where it returns a promise",
    async run({ store }) {
      if (!store.transactional) return;
      const thrown = new Error("the application's own");
      const others = [store.write([put("before", undefined)])];
      const failing = store.write([put("a", undefined), put("b", undefined)], {
        alongside: () => {
          throw thrown;
        },
      });
      others.push(store.write([put("later", undefined)]));
      const [result] = await Promise.allSettled([failing]);
      check(result.status === "rejected" && result.reason === thrown, "the write was not rejected with it");
      await Promise.all(others);
      // What an asynchronous function is, to somebody without types.
      const later: () => unknown = () => Promise.resolve();
      await checkRejects(store.write([put("c", undefined)], { alongside: later }), "invalid-argument");
      checkEqual(await namesOf(store, ""), "before,later", "names");
    },
  },
];
