// A process of its own on a store, bundled by lmdb-process.ts. Arguments: mode, folder, more.
import * as lmdb from "lmdb";
import { SessionError } from "../../src/errors/index.js";
import { LmdbStore } from "../../src/stores/lmdb-store.js";

const [mode = "", path = "", argument = ""] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const codeOf = (error: unknown): string => (SessionError.is(error) ? error.code : String(error));
const bytes = new Uint8Array(100_000);

/** Writes for ever: value and row of the application in one transaction, several at once; says what has been acknowledged. */
async function alongside(): Promise<void> {
  const store = await LmdbStore.open({ path });
  const rows = store.database<number>("orders", { encoding: "msgpack" });
  const work = async (worker: number): Promise<void> => {
    for (let i = 0; ; i++) {
      const name = `${argument}/${worker}/${i}`;
      await store.write([{ kind: "put", name, expected: undefined, bytes: new Uint8Array(i % 5_000) }], {
        alongside: () => void rows.put(name, i),
      });
      say(name);
    }
  };
  say("ready");
  await Promise.all([0, 1, 2, 3].map(work));
}

/** Adds one to a number, so many times, against others who do the same. */
async function count(): Promise<void> {
  const store = await LmdbStore.open({ path });
  let conflicts = 0;
  for (let done = 0; done < Number(argument);) {
    const value = await store.get("count");
    const next = Number(new TextDecoder().decode(value?.bytes)) + 1;
    try {
      const encoded = new TextEncoder().encode(String(next));
      await store.write([{ kind: "put", name: "count", expected: value?.version, bytes: encoded }]);
      done++;
    } catch (error) {
      if (!SessionError.is(error, "store-conflict")) throw error;
      conflicts++;
    }
  }
  await store.close();
  say(`done ${conflicts}`);
}

/** Holds LMDB's writer lock until it is killed. */
async function hold(): Promise<void> {
  const store = await LmdbStore.open({ path });
  await store.write([{ kind: "put", name: "held", expected: undefined, bytes: new Uint8Array(1) }], {
    alongside: () => {
      process.stdout.write("holding\n");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    },
  });
}

/** Fills a small disk, then says how each further step ends. */
async function fill(): Promise<void> {
  process.on("unhandledRejection", error => say(`unhandled ${String(error)}`));
  const store = await LmdbStore.open({ path });
  const versions: string[] = [];
  const step = async (name: string, run: () => Promise<unknown>): Promise<boolean> => {
    const [result] = await Promise.allSettled([run()]);
    say(`${name} ${result.status === "fulfilled" ? "ok" : codeOf(result.reason)}`);
    return result.status === "fulfilled";
  };
  const put = async (name: string): Promise<void> => {
    const [version] = await store.write([{ kind: "put", name, expected: undefined, bytes }]);
    versions.push(version!);
  };
  while (versions.length < 1_000 && (await step("put", () => put(`n${versions.length}`))));
  const remove = (at: number): Promise<unknown> =>
    store.write([{ kind: "delete", name: `n${at}`, expected: versions[at]! }]);
  await Promise.all([step("put-beside", () => put("beside")), step("delete-beside", () => remove(0))]);
  await step("delete", () => remove(1));
  await step("delete", () => remove(2));
  await step("put-again", () => put("again"));
  let kept = 0;
  for await (const entry of store.entries("n")) kept += entry.bytes.length === bytes.length ? 1 : 0;
  say(`acknowledged ${versions.filter((_, i) => i > 2).length - 1} kept ${kept}`);
  await store.close();
}

/** Writes one after another and says so on the standard error stream, for whoever follows the system calls. */
async function sequence(): Promise<void> {
  const store = await LmdbStore.open({ path });
  for (let i = 0; i < Number(argument); i++) {
    process.stderr.write(`ASKED ${i}\n`);
    await store.write([{ kind: "put", name: `n${i}`, expected: undefined, bytes: bytes.subarray(0, 500) }]);
    process.stderr.write(`DURABLE ${i}\n`);
  }
  await store.close();
}

/** The same by LMDB alone, as somebody opens it who does not look: others see a commit before it is on the disk, or it is never flushed. */
async function unguarded(options: lmdb.RootDatabaseOptions): Promise<void> {
  const root = lmdb.open<string, string>(path, { noSubdir: false, ...options });
  for (let i = 0; i < Number(argument); i++) {
    process.stderr.write(`ASKED ${i}\n`);
    await root.put(`n${i}`, "value");
    process.stderr.write(`DURABLE ${i}\n`);
  }
  await root.close();
}

/** Says how an opening, a read and a write end. */
async function attempt(): Promise<void> {
  try {
    const store = await LmdbStore.open({ path, readOnly: argument === "read-only" });
    const value = await store.get("name");
    say(`get ${value?.bytes.length ?? "absent"}`);
    let entries = 0;
    for await (const { bytes: read } of store.entries("")) entries += read.length > 0 ? 1 : 0;
    say(`entries ${entries}`);
    await store.write([{ kind: "put", name: "name", expected: value?.version, bytes: bytes.subarray(0, 9) }]);
    say("write ok");
    await store.close();
  } catch (error) {
    say(codeOf(error));
  }
}

const modes: Readonly<Record<string, () => Promise<void>>> = {
  alongside,
  count,
  hold,
  fill,
  sequence,
  lazy: () => unguarded({}),
  never: () => unguarded({ noSync: true }),
  attempt,
};
await modes[mode]!();
process.exit(0);
