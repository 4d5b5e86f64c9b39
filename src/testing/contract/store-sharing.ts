import { check, checkBytes, checkEqual } from "./check.js";
import {
  checkRejects,
  checkValue,
  namesOf,
  one,
  put,
  remove,
  two,
  version,
  type StoreCase,
} from "./store-fixture.js";

const writers = 20;

/** What holds where several write at once, in one opening of the store and in two. */
export const sharingCases: StoreCase[] = [
  {
    name: "of writers that expect the same version, one wins",
    async run({ store }) {
      const made = await version(store, put("name", undefined));
      for (const [name, expected] of [
        ["name", made],
        ["fresh", undefined],
      ] as const) {
        const results = await Promise.allSettled(
          Array.from({ length: writers }, (_, i) => store.write([put(name, expected, Uint8Array.of(i))])),
        );
        const winners = results.flatMap((result, i) =>
          result.status === "fulfilled" ? [{ i, version: result.value[0] }] : [],
        );
        checkEqual(winners.length, 1, "writers that won");
        await checkValue(store, name, Uint8Array.of(winners[0]!.i), winners[0]!.version);
        for (const result of results)
          if (result.status === "rejected")
            await checkRejects(Promise.reject(result.reason as Error), "store-conflict");
      }
    },
  },
  {
    name: "writes of one caller, not awaited, take place in the order in which they were asked for",
    async run({ store }) {
      const results = await Promise.allSettled([
        store.write([put("name", undefined)]),
        store.write([put("name", undefined, two)]),
      ]);
      checkEqual(results.map(({ status }) => status).join(), "fulfilled,rejected", "the writes");
      checkBytes((await store.get("name"))?.bytes, one, "the value");
    },
  },
  {
    name: "what one opening has written, another one reads, and the other way round",
    needs: "again",
    async run({ store, again }) {
      const other = await again();
      const first = await version(store, put("name", undefined));
      await checkValue(other, "name", one, first);
      const second = await version(other, put("name", first, two));
      await checkValue(store, "name", two, second);
      await checkRejects(store.write([put("name", first)]), "store-conflict");
      await other.write([remove("name", second), put("later", undefined)]);
      checkEqual(await namesOf(store, ""), "later", "names");
    },
  },
  {
    name: "of writers in two openings that expect the same version, one wins, every time",
    needs: "again",
    async run({ store, again }) {
      const other = await again();
      let present: string | undefined;
      for (let round = 0; round < 10; round++) {
        const expected = present;
        const results = await Promise.allSettled(
          [store, other, store, other].map((each, i) =>
            each.write([put("name", expected, Uint8Array.of(i))]),
          ),
        );
        const won = results.flatMap(result => (result.status === "fulfilled" ? [result.value[0]] : []));
        checkEqual(won.length, 1, "writers that won");
        check(won[0] !== present, "a version came back");
        present = won[0];
      }
    },
  },
  {
    name: "what was written is there after the store has been closed and opened again",
    needs: "again",
    async run({ store, again }) {
      const made = await version(store, put("name", undefined, two));
      const gone = await version(store, put("gone", undefined));
      await store.write([remove("gone", gone)]);
      await store.close();
      const other = await again();
      await checkValue(other, "name", two, made);
      check((await version(other, put("gone", undefined))) !== gone, "a version came back");
    },
  },
];
