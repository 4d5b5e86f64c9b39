import { check, checkBytes, checkEqual, type ContractCase } from "./check.js";
import { patterned } from "./connection-fixture.js";
import { entriesCases } from "./store-entries.js";
import {
  checkAbsent,
  checkRejects,
  checkValue,
  all,
  one,
  put,
  remove,
  mustHave,
  runOnStore,
  two,
  version,
  type StoreCase,
  type StoreFixture,
} from "./store-fixture.js";
import { sharingCases } from "./store-sharing.js";
import { transactionCases } from "./store-transactions.js";

export type { ContractCase } from "./check.js";
export type { StoreFixture } from "./store-fixture.js";

/**
 * What every `Store` must do, as cases for any test runner. A case that hangs has failed: give each a time-out.
 *
 *     for (const { name, run } of storeContract({ open: now => MyStore.open({ now }) })) test(name, run);
 */
export function storeContract(fixture: StoreFixture): ContractCase[] {
  return [...valueCases, ...transactionCases, ...entriesCases, ...sharingCases]
    .filter(({ needs }) => needs !== "again" || fixture.again !== undefined)
    .filter(({ needs }) => needs !== "expires" || fixture.expires !== false)
    .map(each => runOnStore(fixture, each));
}

const valueCases: StoreCase[] = [
  {
    name: "a name that was never written has no value",
    async run({ store }) {
      await checkAbsent(store, "absent");
    },
  },
  {
    name: "what was written is read, of 0 bytes to 1 MiB, with the version that the write returned",
    async run({ store }) {
      for (const length of [0, 1, 4_000, 65_536, 1_048_576]) {
        const bytes = patterned(length, 1);
        await checkValue(store, `${length}`, bytes, await version(store, put(`${length}`, undefined, bytes)));
      }
    },
  },
  {
    name: "creating what exists is a conflict, and writes nothing",
    async run({ store }) {
      const first = await version(store, put("name", undefined));
      await checkRejects(store.write([put("name", undefined, two)]), "store-conflict");
      await checkValue(store, "name", one, first);
    },
  },
  {
    name: "writing over a version that is no longer the present one is a conflict, and writes nothing",
    async run({ store }) {
      const first = await version(store, put("name", undefined));
      const second = await version(store, put("name", first, two));
      check(first !== second, "two writes have the same version");
      await checkRejects(store.write([put("name", first, Uint8Array.of(3))]), "store-conflict");
      await checkValue(store, "name", two, second);
    },
  },
  {
    name: "writing over what does not exist is a conflict, and writes nothing",
    async run({ store }) {
      const other = await version(store, put("other", undefined));
      await checkRejects(store.write([put("name", other)]), "store-conflict");
      await checkAbsent(store, "name");
    },
  },
  {
    name: "writing the same bytes again is a new version",
    async run({ store }) {
      const first = await version(store, put("name", undefined));
      check(first !== (await version(store, put("name", first))), "two writes have the same version");
    },
  },
  {
    name: "delete removes the present version only",
    async run({ store }) {
      const first = await version(store, put("name", undefined));
      const second = await version(store, put("name", first, two));
      await checkRejects(store.write([remove("name", first)]), "store-conflict");
      await checkValue(store, "name", two, second);
      checkEqual((await store.write([remove("name", second)]))[0], undefined, "the version after delete");
      await checkAbsent(store, "name");
      await checkRejects(store.write([remove("name", second)]), "store-conflict");
    },
  },
  {
    name: "a name that is made again has a version that it never had",
    async run({ store }) {
      const versions = new Set<string>();
      for (let i = 0; i < 5; i++) {
        const made = await version(store, put("name", undefined));
        check(!versions.has(made), "a version came back after delete");
        versions.add(made);
        await store.write([remove("name", made)]);
        await checkRejects(store.write([put("name", made, two)]), "store-conflict");
      }
    },
  },
  {
    name: "from its time on, a name that expires counts as removed, and can be made again",
    needs: "expires",
    async run({ store, now, pass }) {
      const first = await version(store, put("name", undefined, one, now() + 1_000));
      const lasting = await version(store, put("lasting", undefined));
      pass(999);
      await checkValue(store, "name", one, first);
      await checkRejects(store.write([put("name", undefined)]), "store-conflict");
      pass(1);
      await checkAbsent(store, "name");
      checkEqual((await all(store.entries(""))).length, 1, "entries");
      await checkRejects(store.write([put("name", first)]), "store-conflict");
      await checkRejects(store.write([remove("name", first)]), "store-conflict");
      await checkRejects(store.write([mustHave("name", first)]), "store-conflict");
      const again = await version(store, put("name", undefined, two, now() + 1_000));
      check(again !== first, "a version came back after the name expired");
      await checkValue(store, "name", two, again);
      await store.write([mustHave("lasting", lasting), put("name", again, one)]);
      pass(100_000);
      checkBytes((await store.get("name"))?.bytes, one, "the value, written anew without an end");
    },
  },
  {
    name: "a name that has expired when it is written is not there",
    needs: "expires",
    async run({ store, now }) {
      await store.write([put("name", undefined, one, now())]);
      await checkAbsent(store, "name");
      await store.write([put("name", undefined, two)]);
      checkBytes((await store.get("name"))?.bytes, two, "the value");
    },
  },
  {
    name: "bytes are copied in and out",
    async run({ store }) {
      const bytes = patterned(100, 1);
      const written = store.write([put("name", undefined, bytes)]);
      bytes.fill(0);
      await written;
      const value = await store.get("name");
      checkBytes(value?.bytes, patterned(100, 1), "the value, when the writer's bytes change");
      value?.bytes.fill(0);
      for (const entry of await all(store.entries(""))) entry.bytes.fill(0);
      checkBytes((await store.get("name"))?.bytes, patterned(100, 1), "the value, when the reader's change");
    },
  },
  {
    name: "names of 1 to 512 bytes of printable ASCII are taken, and differ where a character does",
    async run({ store }) {
      const long = "n".repeat(511);
      const names = [
        " ",
        "key",
        "KEY",
        "key ",
        " key",
        "key/",
        "../key",
        "k%y",
        "k~y",
        `${long}a`,
        `${long}b`,
      ];
      for (const [i, name] of names.entries()) await store.write([put(name, undefined, Uint8Array.of(i))]);
      for (const [i, name] of names.entries())
        checkBytes((await store.get(name))?.bytes, Uint8Array.of(i), JSON.stringify(name));
    },
  },
  {
    name: "other names are refused with invalid-argument",
    async run({ store }) {
      for (const name of ["", "n".repeat(513), "k\u00e9y", "key\u0000", "key\n", "\u{1f600}"]) {
        await checkRejects(store.get(name), "invalid-argument");
        await checkRejects(store.write([put("fine", undefined), put(name, undefined)]), "invalid-argument");
      }
      await checkAbsent(store, "fine");
    },
  },
  {
    name: "after close every operation fails with store-failed, and close does nothing more",
    async run({ store }) {
      const made = await version(store, put("name", undefined));
      await store.close();
      await store.close();
      await checkRejects(store.get("name"), "store-failed");
      await checkRejects(store.write([put("name", made)]), "store-failed");
      await checkRejects(all(store.entries("")), "store-failed");
    },
  },
];
