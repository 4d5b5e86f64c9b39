import { SessionError, type ErrorCode } from "../../errors/index.js";
import type { ExpectedVersion, Store, StoredEntry, StoreWrite } from "../../ports/index.js";
import { check, checkBytes, checkEqual, type ContractCase } from "./check.js";

/** How the contract gets the store that it tries. */
export interface StoreFixture {
  /** A store of its own for each case, with nothing in it. `now`: the wall clock by which its names expire, in milliseconds since 1970. */
  readonly open: (now: () => number) => Promise<Store>;
  /** The same data once more, as another process or tab opens it. Without it, the cases for two openings are left out. */
  readonly again?: (store: Store) => Promise<Store>;
  /** Whether names expire by the `now` of `open`. Default: true. False leaves out the cases that let time pass. */
  readonly expires?: boolean;
}

/** What a case works on. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Opens the same data once more. */
  readonly again: () => Promise<Store>;
  /** Lets the wall clock go on, in milliseconds. */
  readonly pass: (milliseconds: number) => void;
  readonly now: () => number;
}

export interface StoreCase {
  readonly name: string;
  /** What it takes of the fixture, beside `open`. */
  readonly needs?: "again" | "expires";
  readonly run: (under: StoreUnderTest) => Promise<void>;
}

/** The case on a store of its own, which is closed whatever comes of it. */
export function runOnStore(fixture: StoreFixture, { name, run }: StoreCase): ContractCase {
  return {
    name,
    async run() {
      let wall = 1_800_000_000_000;
      const now = (): number => wall;
      const store = await fixture.open(now);
      const opened = [store];
      const again = async (): Promise<Store> => {
        const other = await fixture.again!(store);
        opened.push(other);
        return other;
      };
      try {
        await run({ store, again, now, pass: milliseconds => (wall += milliseconds) });
      } finally {
        for (const one of opened.reverse()) await one.close();
      }
    },
  };
}

export const one = Uint8Array.of(1);
export const two = Uint8Array.of(2, 2);

export function put(
  name: string,
  expected: ExpectedVersion,
  bytes: Uint8Array = one,
  expiresAt?: number,
): StoreWrite {
  return { kind: "put", name, expected, bytes, ...(expiresAt === undefined ? {} : { expiresAt }) };
}

export function remove(name: string, expected: string): StoreWrite {
  return { kind: "delete", name, expected };
}

export function mustHave(name: string, expected: ExpectedVersion): StoreWrite {
  return { kind: "require", name, expected };
}

/** Writes one part and returns its version. */
export async function version(store: Store, write: StoreWrite): Promise<string> {
  const [result] = await store.write([write]);
  check(result !== undefined, "a put returned no version");
  return result;
}

export async function checkValue(
  store: Store,
  name: string,
  bytes: Uint8Array,
  expected: ExpectedVersion,
): Promise<void> {
  const value = await store.get(name);
  checkBytes(value?.bytes, bytes, `the value of ${name}`);
  checkEqual(value?.version, expected, `the version of ${name}`);
}

export async function checkAbsent(store: Store, ...names: readonly string[]): Promise<void> {
  for (const name of names) checkEqual(await store.get(name), undefined, `the value of ${name}`);
}

export async function checkRejects(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  const [result] = await Promise.allSettled([promise]);
  check(result.status === "rejected", `${code} was expected, and the store took it`);
  check(SessionError.is(result.reason, code), `${code} was expected, not ${String(result.reason)}`);
}

export async function all(entries: AsyncIterable<StoredEntry>): Promise<StoredEntry[]> {
  const list: StoredEntry[] = [];
  for await (const entry of entries) list.push(entry);
  return list;
}

export async function namesOf(store: Store, prefix: string, after?: string): Promise<string> {
  const entries = await all(store.entries(prefix, after === undefined ? {} : { after }));
  return entries.map(({ name }) => name).join();
}
