import { SessionError } from "../../src/errors/index.js";
import {
  anyone,
  type AcceptPolicy,
  Identity,
  type ManagerEvent,
  type Session,
  type SessionManagerOptions,
} from "../../src/manager/index.js";
import type { Connection, Connector, Store } from "../../src/ports/index.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { memoryConnector, memoryListener } from "../../src/transports/memory.js";
import { endpoint, settle } from "./support.js";

/** A store as one process has it: after `kill` nothing of that process reaches it any more. */
class ProcessStore implements Store {
  readonly transactional = true;
  readonly #store: Store;
  killed = false;

  constructor(store: Store) {
    this.#store = store;
  }

  get: Store["get"] = name => this.#alive(() => this.#store.get(name));
  write: Store["write"] = (writes, options) => this.#alive(() => this.#store.write(writes, options));
  entries: Store["entries"] = (prefix, options) => {
    if (this.killed) throw new SessionError("store-failed", "This process is dead.");
    return this.#store.entries(prefix, options);
  };
  close = (): Promise<void> => Promise.resolve();

  #alive<Result>(run: () => Promise<Result>): Promise<Result> {
    return this.killed ? Promise.reject(new SessionError("store-failed", "This process is dead.")) : run();
  }
}

export type Options = Partial<SessionManagerOptions>;

/** One endpoint through several runs of its process, with one identity and, if it has one, one store. */
export class Host {
  readonly identity = Identity.generate();
  readonly errors: unknown[] = [];
  readonly events: ManagerEvent[] = [];
  options: Options;
  readonly #clock: FakeClock;
  store: Store | undefined;
  #process: ProcessStore | undefined;
  manager!: ReturnType<typeof endpoint>["manager"];

  constructor(clock: FakeClock, store: Store | undefined, options: Options) {
    this.#clock = clock;
    this.store = store;
    this.options = options;
    this.#begin(clock);
  }

  /** The process dies and begins anew. */
  restart(clock: FakeClock = this.#clock): void {
    if (this.#process !== undefined) this.#process.killed = true;
    this.#begin(clock);
  }

  /** Another process begins beside this one, on the same store. */
  together(): void {
    this.#begin(this.#clock);
  }

  #begin(clock: FakeClock): void {
    this.#process = this.store === undefined ? undefined : new ProcessStore(this.store);
    const store = this.#process === undefined ? {} : { store: this.#process };
    const onError = (error: unknown): void => void this.errors.push(error);
    const options = { identity: this.identity, onError, ...store, ...this.options };
    this.manager = endpoint({ ...options, clock }).manager;
    for (const type of ["established", "resumed", "ended", "rejected"] as const)
      this.manager.on(type, event => void this.events.push(event));
  }
}

export interface World {
  readonly a: Host;
  readonly b: Host;
  readonly clock: FakeClock;
  /** Cuts the connections there are. */
  cut(): Promise<void>;
  /** The process of one end, or both, dies, and with it every connection. */
  crash(...hosts: readonly Host[]): Promise<void>;
  connect(): Promise<Pair>;
  resume(options?: { readonly fallback?: boolean; readonly lineage?: string }): Promise<Pair>;
  /** One end asks, and takes what comes of it; the other's is not waited for. `resume`: for a resumption and nothing else. */
  ask(from: "a" | "b", how?: "connect" | "resume"): Promise<Session>;
  /** The other way round: b asks a. */
  resumeBack(): Promise<Pair>;
}

export interface Pair {
  readonly alice: Session;
  readonly bob: Session;
}

/** Two endpoints that listen in memory. */
export async function world(
  options: {
    readonly stores?: boolean;
    readonly a?: Options;
    readonly b?: Options;
    readonly allow?: AcceptPolicy;
    /** Stands on each path, at the end that asks. */
    readonly tap?: (path: Connection) => void;
  } = {},
): Promise<World> {
  const clock = new FakeClock();
  const store = (): Store | undefined =>
    options.stores === true ? new MemoryStore({ now: () => clock.now().wall }) : undefined;
  const a = new Host(clock, store(), options.a ?? {});
  const b = new Host(clock, store(), options.b ?? {});
  const paths: Connection[] = [];
  const listen = async (host: Host) => {
    const listener = memoryListener();
    const acceptor = await host.manager.accept(listener, { allow: options.allow ?? anyone });
    const inner = memoryConnector(listener);
    const connector: Connector = {
      remote: inner.remote,
      connect: async signal => {
        const path = await inner.connect(signal);
        paths.push(path);
        options.tap?.(path);
        return path;
      },
    };
    return { connector, acceptor };
  };
  let atB = await listen(b);
  let atA = await listen(a);
  const cut = async (): Promise<void> => {
    for (const path of paths.splice(0)) path.destroy();
    await settle();
  };
  const both = async (
    opening: Promise<Session>,
    accepting: { next(): Promise<Session | undefined> },
  ): Promise<Pair> => {
    const alice = await opening;
    const bob = await accepting.next();
    await settle();
    return { alice, bob: bob! };
  };
  return {
    a,
    b,
    clock,
    cut,
    async crash(...hosts) {
      await settle();
      for (const host of hosts) host.restart();
      await cut();
      if (hosts.includes(b)) atB = await listen(b);
      if (hosts.includes(a)) atA = await listen(a);
    },
    connect: () => both(a.manager.connect(atB.connector, { peer: b.identity.id }), atB.acceptor),
    resume: (how = {}) =>
      both(a.manager.resume(atB.connector, { peer: b.identity.id, ...how }), atB.acceptor),
    ask: (from, how = "connect") => {
      const [{ manager }, to, peer] = from === "a" ? [a, atB, b] : [b, atA, a];
      const choice = { peer: peer.identity.id, ...(how === "resume" && { fallback: false }) };
      return manager[how](to.connector, choice);
    },
    resumeBack: async () => {
      const { alice, bob } = await both(
        b.manager.resume(atA.connector, { peer: a.identity.id }),
        atA.acceptor,
      );
      return { alice: bob, bob: alice };
    },
  };
}

/** Whether messages go both ways. */
export async function talk({ alice, bob }: Pair): Promise<void> {
  await alice.send("to");
  await bob.send("fro");
  const heard = [(await bob.receive())?.text(), (await alice.receive())?.text()];
  if (heard[0] !== "to" || heard[1] !== "fro") throw new Error(`heard ${heard.join(", ")}`);
}
