import { afterEach } from "vitest";
import {
  anyone,
  Identity,
  SessionManager,
  type DurableChannel,
  type DurableMessage,
  type ManagerEvent,
  type SessionManagerOptions,
} from "../../src/manager/index.js";
import type { Store, StoredEntry } from "../../src/ports/index.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { memoryConnector, memoryListener } from "../../src/transports/memory.js";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Lets everything happen that waits for no timer. */
export async function settle(turns = 30): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise(resolve => setImmediate(resolve));
}

/** Everything in a store, as it is now. */
export async function snapshot(store: Store): Promise<StoredEntry[]> {
  const entries: StoredEntry[] = [];
  for await (const entry of store.entries("")) entries.push(entry);
  return entries;
}

/** A store with what `snapshot` took: a disk that was put back, or cloned. */
export async function restored(entries: readonly StoredEntry[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.write(entries.map(({ name, bytes }) => ({ kind: "put", name, expected: undefined, bytes })));
  return store;
}

/** Classic suites: what is tried here is above them. */
const classic = { floor: "classic", prefer: "classic" } as const;

export type HostOptions = Partial<SessionManagerOptions>;

/** One process of an identity, over one store; its end is a crash, which writes and tells nothing. */
export class Host {
  readonly identity: Identity;
  readonly store: Store;
  readonly manager: SessionManager;
  readonly events: ManagerEvent[] = [];
  readonly errors: unknown[] = [];
  readonly listener = memoryListener();
  #accepting: Promise<unknown> | undefined;

  constructor(identity: Identity, store: Store, options: HostOptions = {}) {
    this.identity = identity;
    this.store = store;
    this.manager = new SessionManager({
      ...classic,
      ...options,
      identity,
      store,
      onError: error => this.errors.push(error),
    });
    const types = ["established", "quarantined", "lost", "ended"] as const;
    for (const type of types) this.manager.on(type, event => void this.events.push(event));
    cleanups.push(() => this.manager.close());
  }

  /** Opens a session to `to`, which listens. */
  async connect(to: Host) {
    await to.accepting();
    return this.manager.connect(memoryConnector(to.listener), { peer: to.identity.id });
  }

  /** Resolves when it takes sessions. */
  async accepting(): Promise<void> {
    this.#accepting ??= this.manager.accept(this.listener, { allow: anyone });
    await this.#accepting;
  }

  of<Type extends ManagerEvent["type"]>(type: Type): Extract<ManagerEvent, { readonly type: Type }>[] {
    return this.events.filter(event => event.type === type) as never;
  }
}

/** Takes `count` messages and acknowledges each. */
export async function take(channel: DurableChannel, count: number): Promise<DurableMessage[]> {
  const messages: DurableMessage[] = [];
  while (messages.length < count) {
    const message = await channel.receive();
    if (message === undefined) break;
    messages.push(message);
    await message.ack();
  }
  return messages;
}

export const texts = (messages: readonly DurableMessage[]): string[] =>
  messages.map(message => message.text());

export const identities = () => [Identity.generate(), Identity.generate()] as const;

/** Two hosts that have stores of their own, and the channel between them at both ends: no session yet. */
export async function channelPair() {
  const [me, you] = identities();
  const a = new Host(me, new MemoryStore());
  const b = new Host(you, new MemoryStore());
  const sending = await a.manager.durable(you.id);
  const receiving = await b.manager.durable(me.id);
  return { me, you, a, b, sending, receiving };
}
