import { SessionError } from "../../errors/index.js";
import type { Store } from "../../ports/index.js";
import { check, checkBytes, checkEqual, type ContractCase } from "./check.js";
import { patterned } from "./connection-fixture.js";

export type { ContractCase } from "./check.js";

/** What every `Store` must do, as cases for any test runner. `open` is called once for each case and returns an empty store. */
export function storeContract(open: () => Promise<Store>): ContractCase[] {
  return cases.map(({ name, run }) => ({
    name,
    async run() {
      const store = await open();
      try {
        await run(store);
      } finally {
        await store.close();
      }
    },
  }));
}

interface StoreCase {
  readonly name: string;
  readonly run: (store: Store) => Promise<void>;
}

const one = Uint8Array.of(1);
const two = Uint8Array.of(2, 2);

const cases: StoreCase[] = [
  {
    name: "a name that was never written has no value",
    async run(store) {
      checkEqual(await store.get("absent"), undefined, "the value");
    },
  },
  {
    name: "what was written is read, with the version that the write returned",
    async run(store) {
      for (const [name, length] of [
        ["empty", 0],
        ["short", 1],
        ["long", 1_048_576],
      ] as const) {
        const bytes = patterned(length, 1);
        const version = await store.compareAndSwap(name, undefined, bytes);
        const value = await store.get(name);
        checkBytes(value?.bytes, bytes, name);
        checkEqual(value?.version, version, "the version");
      }
    },
  },
  {
    name: "creating what exists is a conflict, and writes nothing",
    async run(store) {
      const version = await store.compareAndSwap("name", undefined, one);
      await checkConflict(store.compareAndSwap("name", undefined, two));
      await checkValue(store, "name", one, version);
    },
  },
  {
    name: "writing over a version that is no longer the present one is a conflict, and writes nothing",
    async run(store) {
      const first = await store.compareAndSwap("name", undefined, one);
      const second = await store.compareAndSwap("name", first, two);
      check(first !== second, "two writes have the same version");
      await checkConflict(store.compareAndSwap("name", first, Uint8Array.of(3)));
      await checkValue(store, "name", two, second);
    },
  },
  {
    name: "writing over what does not exist is a conflict, and writes nothing",
    async run(store) {
      const version = await store.compareAndSwap("other", undefined, one);
      await checkConflict(store.compareAndSwap("name", version, one));
      checkEqual(await store.get("name"), undefined, "the value");
    },
  },
  {
    name: "writing the same bytes again is a new version",
    async run(store) {
      const first = await store.compareAndSwap("name", undefined, one);
      const second = await store.compareAndSwap("name", first, one);
      check(first !== second, "two writes have the same version");
    },
  },
  {
    name: "of writers that expect the same version, one wins",
    async run(store) {
      const version = await store.compareAndSwap("name", undefined, one);
      for (const expected of [version, undefined]) {
        const name = expected === undefined ? "fresh" : "name";
        const results = await Promise.allSettled(
          Array.from({ length: 20 }, (_, i) => store.compareAndSwap(name, expected, Uint8Array.of(i))),
        );
        const winners = results.flatMap((result, i) =>
          result.status === "fulfilled" ? [{ i, version: result.value }] : [],
        );
        checkEqual(winners.length, 1, "writers that won");
        await checkValue(store, name, Uint8Array.of(winners[0]!.i), winners[0]!.version);
        for (const result of results) if (result.status === "rejected") checkIsConflict(result.reason);
      }
    },
  },
  {
    name: "delete removes the present version only",
    async run(store) {
      const first = await store.compareAndSwap("name", undefined, one);
      const second = await store.compareAndSwap("name", first, two);
      await checkConflict(store.delete("name", first));
      await checkValue(store, "name", two, second);
      await store.delete("name", second);
      checkEqual(await store.get("name"), undefined, "the value after delete");
      await checkConflict(store.delete("name", second));
    },
  },
  {
    name: "a name that is made again has a version that it never had",
    async run(store) {
      const versions = new Set<string>();
      for (let i = 0; i < 5; i++) {
        const version = await store.compareAndSwap("name", undefined, one);
        check(!versions.has(version), "a version came back after delete");
        versions.add(version);
        await store.delete("name", version);
        await checkConflict(store.compareAndSwap("name", version, two));
      }
    },
  },
  {
    name: "bytes are copied in and out",
    async run(store) {
      const bytes = patterned(100, 1);
      await store.compareAndSwap("name", undefined, bytes);
      bytes.fill(0);
      const value = await store.get("name");
      checkBytes(value?.bytes, patterned(100, 1), "the value, when the writer's bytes change");
      value?.bytes.fill(0);
      checkBytes(
        (await store.get("name"))?.bytes,
        patterned(100, 1),
        "the value, when the reader's bytes change",
      );
    },
  },
  {
    name: "names come in code-unit order, those that begin with the prefix and no others",
    async run(store) {
      const names = [
        "a",
        "B",
        "a/1",
        "a/10",
        "a/2",
        "a%",
        "a_",
        "a*",
        "a?",
        "a[b]",
        "a\\",
        "aé",
        "a\u{1f600}",
        "a\ufffd",
        "ab",
      ];
      for (const name of names) await store.compareAndSwap(name, undefined, one);
      const sorted = [...names].sort();
      for (const prefix of [
        "",
        "a",
        "a/",
        "a/1",
        "a%",
        "a_",
        "a*",
        "a?",
        "a[",
        "a\\",
        "aé",
        "A",
        "b",
        "a\u{1f600}",
      ]) {
        const expected = sorted.filter(name => name.startsWith(prefix));
        const found = await all(store.names(prefix));
        checkEqual(
          JSON.stringify(found),
          JSON.stringify(expected),
          `names with prefix ${JSON.stringify(prefix)}`,
        );
      }
    },
  },
  {
    name: "names that differ in case, accent form or a trailing space are different names",
    async run(store) {
      const names = ["key", "KEY", "key ", " key", "k\u00e9y", "ke\u0301y", "key\u0000", "key/", "../key"];
      for (const [i, name] of names.entries()) await store.compareAndSwap(name, undefined, Uint8Array.of(i));
      for (const [i, name] of names.entries())
        checkBytes((await store.get(name))?.bytes, Uint8Array.of(i), JSON.stringify(name));
    },
  },
  {
    name: "a name that was deleted is not listed",
    async run(store) {
      const version = await store.compareAndSwap("gone", undefined, one);
      await store.compareAndSwap("kept", undefined, one);
      await store.delete("gone", version);
      checkEqual((await all(store.names(""))).join(), "kept", "names");
    },
  },
  {
    name: "after close every operation fails with store-failed",
    async run(store) {
      const version = await store.compareAndSwap("name", undefined, one);
      await store.close();
      const attempts = [
        store.get("name"),
        store.compareAndSwap("name", version, two),
        store.delete("name", version),
        all(store.names("")),
      ];
      for (const result of await Promise.allSettled(attempts)) {
        check(
          result.status === "rejected" && SessionError.is(result.reason, "store-failed"),
          "an operation did not fail",
        );
      }
    },
  },
];

async function checkValue(store: Store, name: string, bytes: Uint8Array, version: string): Promise<void> {
  const value = await store.get(name);
  checkBytes(value?.bytes, bytes, `the value of ${name}`);
  checkEqual(value?.version, version, `the version of ${name}`);
}

async function checkConflict(promise: Promise<unknown>): Promise<void> {
  const [result] = await Promise.allSettled([promise]);
  check(result.status === "rejected", "a conflict was expected, and the store took it");
  checkIsConflict(result.reason);
}

function checkIsConflict(error: unknown): void {
  check(SessionError.is(error, "store-conflict"), `store-conflict was expected, not ${String(error)}`);
}

async function all(names: AsyncIterable<string>): Promise<string[]> {
  const list: string[] = [];
  for await (const name of names) list.push(name);
  return list;
}
