import { toHex } from "../../src/bytes/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { decodeRestoration, encodeRestoration } from "../../src/persistence/restoration-codec.js";
import type { Instant } from "../../src/ports/index.js";
import { restorationName, type RestorationState } from "../../src/session/index.js";
import { at, End, endDefaults, exchange, newPair, type Overrides, type Pair } from "./machine-pair.js";

const clock = new Uint8Array(8);

/** What one end has stored: bytes, as a store has them. */
export class Vault {
  #row: Uint8Array | undefined;
  fence = 0n;
  writes = 0;
  /** Whether writes are answered. */
  answers = true;

  /** `end` writes here what it is asked to. */
  keepFor(end: End): End {
    this.fence++;
    end.persist = now => {
      if (this.answers) this.write(end, now);
    };
    end.restorable = name => this.#find(name);
    end.take = () => {
      const state = this.state();
      return state && { state, fence: ++this.fence };
    };
    return end;
  }

  write(end: End, now: Instant): void {
    const state = end.machine.restorationState(now);
    if (state === undefined) return;
    this.#row = encodeRestoration(state, { opener: new Uint8Array(16), number: 1n }, clock);
    this.writes++;
    end.machine.persisted();
    end.collect(now);
  }

  state(now: Instant = at(1)): RestorationState | undefined {
    return this.#row && decodeRestoration(this.#row, clock, now);
  }

  /** A copy of the store. */
  copy(): Vault {
    const vault = new Vault();
    vault.#row = this.#row;
    vault.fence = this.fence;
    return vault;
  }

  #find(name: Uint8Array): RestorationState | undefined {
    const state = this.state();
    const found = state?.sessions.some(
      ({ restore }) => toHex(restorationName(nodeProvider, restore)) === toHex(name),
    );
    return found === true ? state : undefined;
  }
}

export interface KeptPair extends Pair {
  readonly vaults: Record<keyof Pair, Vault>;
  readonly options: Overrides;
}

const classic = { floor: "classic", prefer: "classic", persist: true } as const;

/** Two ends with an established session that is kept. */
export function keptPair(overrides: Overrides = {}): KeptPair {
  const options = { ...classic, ...overrides };
  const vaults = { initiator: new Vault(), responder: new Vault() };
  const pair = newPair({ known: true, both: options });
  vaults.initiator.keepFor(pair.initiator);
  vaults.responder.keepFor(pair.responder);
  exchange(pair);
  return { ...pair, vaults, options };
}

/** What an end of `pair` is made with in its next process. */
function base({ initiator, responder, options }: KeptPair, of: keyof Pair) {
  const { identity } = { initiator, responder }[of];
  const random = nodeProvider.random;
  return { provider: nodeProvider, ...endDefaults, ...options, random, identity };
}

/** The end `of` begins anew and asks; its first frame is out. */
export function asking(pair: KeptPair, of: keyof Pair, vault = pair.vaults[of], now = at(1)): End {
  const state = vault.state(now)!;
  const fence = ++vault.fence;
  const peer = state.peer;
  const restore = { state, fence };
  const end = new End({ ...base(pair, of), role: "initiator", peer, restore }, now);
  vault.keepFor(end);
  vault.fence = fence;
  return end;
}

/** The end `of` on a path that comes to it. */
export function asked(pair: KeptPair, of: keyof Pair, vault = pair.vaults[of], now = at(1)): End {
  const end = new End({ ...base(pair, of), role: "responder" }, now);
  const { fence } = vault;
  vault.keepFor(end);
  vault.fence = fence;
  return end;
}

/** Both ends on a new path, on which `by` asks. */
export function restoredPair(pair: KeptPair, by: keyof Pair, now = at(1)): KeptPair {
  const other = by === "initiator" ? "responder" : "initiator";
  const [asker, answerer] = [
    asking(pair, by, pair.vaults[by], now),
    asked(pair, other, pair.vaults[other], now),
  ];
  exchange({ initiator: asker, responder: answerer }, frame => [frame], now);
  const { vaults, options } = pair;
  return by === "initiator"
    ? { initiator: asker, responder: answerer, vaults, options }
    : { initiator: answerer, responder: asker, vaults, options };
}
