import { Secret } from "../../src/bytes/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { SessionError } from "../../src/errors/index.js";
import { StateSealer, sealUnder, type Seal } from "../../src/persistence/index.js";
import type { ExpectedVersion, Store, StoreWrite, WriteOptions } from "../../src/ports/index.js";
import { MemoryStore } from "../../src/stores/memory-store.js";

/** A real seal, under a root of sevens. */
export const seal: Seal = sealUnder(
  new StateSealer(nodeProvider, nodeProvider.random),
  nodeProvider.random,
  () => Secret.take(new Uint8Array(32).fill(7)),
);

/** What happens to a write: it is carried out; fails and does nothing; is carried out, but said to have failed; is said to have failed, and carried out when `land` is called. */
export type Fate = "ok" | "fails" | "lost" | "late";

/** A memory store whose next writes meet `fates`, in order; afterwards all is well. */
export class FatedStore extends MemoryStore {
  readonly fates: Fate[] = [];
  readonly written: (readonly StoreWrite[])[] = [];
  readonly #late: (() => Promise<unknown>)[] = [];

  override async write(
    writes: readonly StoreWrite[],
    options?: WriteOptions,
  ): Promise<readonly ExpectedVersion[]> {
    const fate = this.fates.shift() ?? "ok";
    this.written.push(writes);
    if (fate === "late") this.#late.push(() => super.write(writes, options));
    if (fate === "ok") return super.write(writes, options);
    if (fate === "lost") await super.write(writes, options);
    throw new SessionError("store-failed", "The disk is away.");
  }

  /** What was late takes place now, or finds that it can't. */
  async land(): Promise<void> {
    for (const late of this.#late.splice(0)) await late().catch(() => undefined);
  }
}

/** A put of `text` under `name`. */
export function put(name: string, expected: ExpectedVersion, text = name): StoreWrite {
  return { kind: "put", name, expected, bytes: new TextEncoder().encode(text) };
}

/** The text under `name`. */
export async function textOf(store: Store, name: string): Promise<string | undefined> {
  const stored = await store.get(name);
  return stored && new TextDecoder().decode(stored.bytes);
}
