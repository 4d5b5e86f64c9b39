import { SessionError } from "../../src/errors/index.js";
import {
  claim,
  CounterLease,
  GroupCommit,
  openFence,
  type Fence,
  type Seal,
} from "../../src/persistence/index.js";
import type { Store, StoreWrite } from "../../src/ports/index.js";

/** What a process says of itself. */
export type Report =
  | { readonly what: "opened"; readonly fence: bigint }
  | { readonly what: "counter"; readonly counter: bigint }
  /** The row is there, for certain; or it is certain that it is not. */
  | { readonly what: "written" | "refused"; readonly name: string }
  | { readonly what: "claimed" }
  | { readonly what: "not-claimed" }
  | { readonly what: "ended" }
  | { readonly what: "failed"; readonly code: string };

/** What a process works with. */
export interface Surroundings {
  readonly store: Store;
  readonly seal: Seal;
  /** Of the process, and of how many times it was started: rows have names of their own. */
  readonly own: string;
  readonly report: (report: Report) => void;
}

/** When the claims end, on the store's clock, which stands before it until it is moved past it. */
export const expiresAt = 1_000;
export const names = { fence: "fence/a", lease: "lease/a", claim: "claim/a" } as const;

const lease = { block: 2, prefetch: 1 };

function put(name: string, text: string, expected?: string): StoreWrite {
  return { kind: "put", name, expected, bytes: new TextEncoder().encode(text) };
}

async function takeCounters(
  { seal, store, report }: Surroundings,
  fence: Fence,
  count: number,
): Promise<void> {
  const counters = await CounterLease.open(fence, store, seal, names.lease, lease);
  for (let i = 0; i < count; i++) report({ what: "counter", counter: await counters.take() });
}

async function writeRow(
  { own, report }: Surroundings,
  suffix: string,
  write: (row: StoreWrite) => Promise<unknown>,
): Promise<void> {
  const name = `row/${own}${suffix}`;
  try {
    await write(put(name, own, suffix === "wrong" ? "another" : undefined));
    report({ what: "written", name });
  } catch (error) {
    const certain = SessionError.is(error, "store-fenced") || SessionError.is(error, "store-conflict");
    if (certain) report({ what: "refused", name });
    throw error;
  }
}

async function claimOnce({ store, seal, report }: Surroundings): Promise<void> {
  const claimed = await claim(store, seal, names.claim, expiresAt);
  report({ what: claimed ? "claimed" : "not-claimed" });
}

async function open({ store, seal, report }: Surroundings): Promise<Fence> {
  const fence = await openFence(store, seal, names.fence);
  report({ what: "opened", fence: fence.fence });
  return fence;
}

/** What each process does, in order. All of it is the code that ships. */
export const programs = {
  /** Opens the fence, takes counters across a block, writes under the fence, claims. */
  everything: async around => {
    const fence = await open(around);
    await takeCounters(around, fence, 3);
    await writeRow(around, "", row => fence.write([row]));
    await claimOnce(around);
  },
  /** Takes more counters, and raises its fence in between. */
  leases: async around => {
    const fence = await open(around);
    await takeCounters(around, fence, 3);
    const raised = await fence.raise(fence.fence + 1n);
    around.report({ what: "opened", fence: raised.fence });
    await takeCounters(around, raised, 2);
  },
  claims: claimOnce,
  /** Three writes at once in one group under the fence, one of which must lose; then one more. */
  groups: async around => {
    const store = new GroupCommit(around.store);
    const grouped = { ...around, store };
    const fence = await open(grouped);
    const asked = ["1", "wrong", "3"].map(suffix =>
      writeRow(grouped, suffix, row => fence.write([row])).catch((error: unknown) => {
        if (suffix !== "wrong") throw error;
      }),
    );
    await Promise.all(asked);
    await writeRow(grouped, "4", row => fence.write([row]));
  },
} as const satisfies Record<string, (around: Surroundings) => Promise<void>>;
export type ProgramName = keyof typeof programs;

/** Faults put in on purpose, to show that they are found. */
export const plants = {
  /** Writes don't require the fence. */
  "fence-not-required": around => ({
    ...around,
    store: wrapped(around.store, writes =>
      around.store.write(writes.filter(({ kind }) => kind !== "require")),
    ),
  }),
  /** Counters are handed out when the write of their block has been asked for. */
  "lease-before-durable": around => ({
    ...around,
    store: wrapped(around.store, async writes => {
      const written = around.store.write(writes);
      if (!writes.some(({ name }) => name === names.lease)) return written;
      written.catch(() => undefined);
      return writes.map(() => "soon");
    }),
  }),
  /** Whoever finds no claim makes one, whatever stands there meanwhile. */
  "claim-unconditional": around => ({
    ...around,
    store: wrapped(around.store, async writes => {
      const claimed = writes.find(({ name }) => name === names.claim);
      if (claimed?.kind !== "put") return around.store.write(writes);
      const present = await around.store.get(names.claim);
      if (present !== undefined) throw new SessionError("store-conflict", "Somebody was first.");
      for (;;) {
        const expected = (await around.store.get(names.claim))?.version;
        try {
          return await around.store.write([{ ...claimed, expected }]);
        } catch (error) {
          if (!SessionError.is(error, "store-conflict")) throw error;
        }
      }
    }),
  }),
  /** An opener whose answer was lost believes in whatever stands there. */
  "owner-not-told-apart": around => ({ ...around, seal: { ...around.seal, random: n => new Uint8Array(n) } }),
  /** What was lost is said to have been written. */
  "lost-is-written": around => ({
    ...around,
    store: wrapped(around.store, writes =>
      around.store.write(writes).catch((error: unknown) => {
        if (SessionError.is(error, "store-failed")) return writes.map(() => "somehow");
        throw error;
      }),
    ),
  }),
} as const satisfies Record<string, (around: Surroundings) => Surroundings>;
export type PlantName = keyof typeof plants;

function wrapped(store: Store, write: Store["write"]): Store {
  return {
    transactional: false,
    get: name => store.get(name),
    entries: prefix => store.entries(prefix),
    close: () => store.close(),
    write,
  };
}

/** Seals nothing, so that the explorer can read it; ids are of the process that draws them. */
export function toySeal(process: number, started: number): Seal {
  let drawn = 0;
  return {
    seal: (_name, plaintext) => plaintext,
    open: (_name, sealed) => sealed,
    random: length =>
      new Uint8Array(length)
        .fill(++drawn)
        .fill(process + 1, 0, 1)
        .fill(started, 1, 2),
  };
}
