import { check, checkBytes, checkEqual } from "./check.js";
import {
  all,
  checkRejects,
  namesOf,
  one,
  put,
  remove,
  two,
  version,
  type StoreCase,
} from "./store-fixture.js";

const names = [" ", "B", "a", "a%", "a*", "a/1", "a/10", "a/2", "a?", "a[b]", "a\\", "a_", "ab", "~"];

/** What holds of the iteration. */
export const entriesCases: StoreCase[] = [
  {
    name: "entries come in code-unit order, those that begin with the prefix and no others",
    async run({ store }) {
      await store.write([...names].reverse().map(name => put(name, undefined)));
      const sorted = [...names].sort();
      for (const prefix of ["", "a", "a/", "a/1", "a%", "a_", "a*", "a?", "a[", "a\\", "A", "b", "~", "~~"])
        checkEqual(
          await namesOf(store, prefix),
          sorted.filter(name => name.startsWith(prefix)).join(),
          `names with prefix ${prefix}`,
        );
    },
  },
  {
    name: "entries begin behind `after`, whether that name is there or not",
    async run({ store }) {
      await store.write(names.map(name => put(name, undefined)));
      const sorted = [...names].sort();
      for (const prefix of ["", "a", "a/"])
        for (const after of ["", " ", "A", "a", "a/", "a/1", "a/1a", "a/2", "a~", "b", "~"])
          checkEqual(
            await namesOf(store, prefix, after),
            sorted.filter(name => name.startsWith(prefix) && name > after).join(),
            `names with prefix ${prefix} after ${after}`,
          );
    },
  },
  {
    name: "an entry has the bytes and the version of its name",
    async run({ store }) {
      const first = await version(store, put("a", undefined));
      const second = await version(store, put("b", undefined, two));
      const [a, b] = await all(store.entries(""));
      checkBytes(a?.bytes, one, "the bytes of a");
      checkEqual(a?.version, first, "the version of a");
      checkBytes(b?.bytes, two, "the bytes of b");
      checkEqual(b?.version, second, "the version of b");
    },
  },
  {
    name: "a name that was deleted is not listed",
    async run({ store }) {
      const gone = await version(store, put("gone", undefined));
      await store.write([put("kept", undefined), remove("gone", gone)]);
      checkEqual(await namesOf(store, ""), "kept", "names");
    },
  },
  {
    name: "what is written during an iteration disturbs it in nothing: each name once, in order, none left out that stays",
    async run({ store }) {
      const staying = Array.from({ length: 300 }, (_, i) => `s${String(i).padStart(3, "0")}`);
      await store.write(staying.map(name => put(name, undefined)));
      const seen: string[] = [];
      for await (const { name, version: present } of store.entries("s")) {
        seen.push(name);
        if (seen.length > 2_000) break;
        if (staying.includes(name) && seen.length % 10 === 0)
          await store.write([put(`${name}+`, undefined), put(name, present, two)]);
      }
      checkEqual(seen.join(), [...new Set(seen)].sort().join(), "names, each once and in order");
      for (const name of staying) check(seen.includes(name), `${name} was left out`);
    },
  },
  {
    name: "an iteration that is given up holds nothing up",
    async run({ store }) {
      await store.write(names.map(name => put(name, undefined)));
      for await (const { name } of store.entries("a")) if (name !== "") break;
      const made = await version(store, put("later", undefined));
      await store.write([remove("later", made)]);
    },
  },
  {
    name: "entries that are gone when the store has been closed meanwhile end with store-failed or as they were",
    async run({ store }) {
      await store.write(Array.from({ length: 200 }, (_, i) => put(`n${i}`, undefined)));
      const iterator = store.entries("")[Symbol.asyncIterator]();
      await iterator.next();
      await store.close();
      const rest = (async () => {
        while ((await iterator.next()).done !== true);
      })();
      const [result] = await Promise.allSettled([rest]);
      if (result.status === "rejected")
        await checkRejects(Promise.reject(result.reason as Error), "store-failed");
    },
  },
];
