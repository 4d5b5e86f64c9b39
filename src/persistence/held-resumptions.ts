import { copySecret, toHex } from "../bytes/index.js";
import type { CryptoProvider } from "../crypto/index.js";
import type { Instant } from "../ports/index.js";
import {
  disposeState,
  lineageLeftAt,
  type LineageName,
  type LineageProgress,
  resumptionName,
  type ResumptionState,
} from "../session/index.js";
import type { Resumptions } from "./resumptions.js";

/** Keeps lineages in the process alone, a bounded number: where more come, the one that was saved first is forgotten. */
export class HeldResumptions implements Resumptions {
  readonly #provider: CryptoProvider;
  readonly #now: () => Instant;
  readonly #capacity: number;
  /** By lineage id, the one that was saved last behind. */
  readonly #states = new Map<string, ResumptionState>();
  readonly #byName = new Map<string, string>();

  /** `capacity`: lineages, 1 or more. */
  constructor(provider: CryptoProvider, now: () => Instant, capacity: number) {
    this.#provider = provider;
    this.#now = now;
    this.#capacity = capacity;
  }

  /** Lineages that are held. */
  get size(): number {
    return this.#states.size;
  }

  save(state: ResumptionState): Promise<void> {
    const key = toHex(state.lineage);
    this.#drop(key);
    this.#states.set(key, state);
    for (const name of this.#names(state)) this.#byName.set(name, key);
    if (this.#states.size > this.#capacity) this.#drop(this.#states.keys().next().value!);
    return Promise.resolve();
  }

  progress({ lineage }: LineageName, progress: LineageProgress): Promise<void> {
    const key = toHex(lineage);
    const state = this.#states.get(key);
    if (state !== undefined) this.#states.set(key, { ...state, ...progress });
    return Promise.resolve();
  }

  forget({ lineage }: LineageName): Promise<void> {
    this.#drop(toHex(lineage));
    return Promise.resolve();
  }

  find(name: Uint8Array): Promise<ResumptionState | undefined> {
    const state = this.#live(this.#byName.get(toHex(name)));
    return Promise.resolve(state && copy(state));
  }

  withPeer(peer: Uint8Array): Promise<ResumptionState[]> {
    const id = toHex(peer);
    const states = [...this.#states].filter(([key, state]) => toHex(state.peer) === id && this.#live(key));
    return Promise.resolve(states.map(([, state]) => copy(state)).reverse());
  }

  reseed(): void {
    // Measured by one clock, and in no store.
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    for (const key of [...this.#states.keys()]) this.#drop(key);
    return Promise.resolve();
  }

  #live(key: string | undefined): ResumptionState | undefined {
    const state = key === undefined ? undefined : this.#states.get(key);
    if (key === undefined || state === undefined || lineageLeftAt(state, this.#now()) > 0) return state;
    this.#drop(key);
    return undefined;
  }

  #drop(key: string): void {
    const state = this.#states.get(key);
    if (state === undefined) return;
    for (const name of this.#names(state)) this.#byName.delete(name);
    this.#states.delete(key);
    disposeState(state);
  }

  #names({ secrets }: ResumptionState): string[] {
    return secrets.map(secret => toHex(resumptionName(this.#provider, secret)));
  }
}

function copy(state: ResumptionState): ResumptionState {
  return { ...state, secrets: state.secrets.map(copySecret) };
}
