import type { RandomSource } from "../../src/bytes/index.js";
import type { CryptoProvider, DhKeyPair } from "../../src/crypto/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import type { Instant } from "../../src/ports/index.js";
import {
  defaultKeyPolicy,
  defaultLimits,
  SessionMachine,
  type RestorationHold,
  type RestorationState,
  type ResumptionState,
  type SessionMachineOptions,
  type SessionOutput,
} from "../../src/session/index.js";

export const at = (milliseconds: number): Instant => ({
  wall: 1_000_000 + milliseconds,
  monotonic: milliseconds,
});

/** SHA-256 in counter mode: the same bytes for the same seed. */
export function seededRandom(seed: number, provider: CryptoProvider = nodeProvider): RandomSource {
  let counter = 0;
  return length => {
    const bytes = new Uint8Array(length);
    for (let offset = 0; offset < length; offset += 32) {
      const block = provider.hash.hash(new TextEncoder().encode(`${seed}/${counter++}`));
      bytes.set(block.subarray(0, length - offset), offset);
    }
    return bytes;
  };
}

export type Overrides = Partial<Omit<SessionMachineOptions, "role">>;

/** One end, with everything that it has put out. */
export class End {
  readonly machine: SessionMachine;
  readonly log: SessionOutput[] = [];
  readonly messages: Uint8Array[] = [];
  /** What its policy answers. */
  allow: boolean | "later" = true;
  /** What it has kept of lineages, by name; undefined: it is still looking. */
  lookup: ((name: Uint8Array) => ResumptionState | undefined) | undefined = () => undefined;
  /** Writes what the session can be restored from, when it is asked to. */
  persist: ((now: Instant) => void) | undefined;
  /** What it has kept of sessions to be restored, by name, and takes when the peer has shown itself. */
  restorable: (name: Uint8Array) => RestorationState | undefined = () => undefined;
  take: () => RestorationHold | undefined = () => undefined;
  disconnected = false;
  frames: Uint8Array[] = [];

  readonly identity: DhKeyPair;

  constructor(options: SessionMachineOptions, now: Instant = at(0)) {
    this.identity = options.identity;
    this.machine = new SessionMachine(options, now);
    this.collect(now);
  }

  collect(now: Instant): void {
    for (let outputs = this.machine.takeOutputs(); outputs.length > 0; outputs = this.machine.takeOutputs()) {
      for (const output of outputs) {
        this.log.push(output);
        if (output.kind === "frame") this.frames.push(output.frame);
        if (output.kind === "message") this.messages.push(output.plaintext);
        if (output.kind === "disconnect") this.disconnected = true;
        if (output.kind === "resumption" && this.lookup !== undefined)
          this.machine.resumption(this.lookup(output.name), now);
        if (output.kind === "persist") this.persist?.(now);
        if (output.kind === "restoration") this.machine.restoration(this.restorable(output.name), now);
        if (output.kind === "hold") this.machine.held(this.take(), now);
        if (output.kind === "authorize" && this.allow !== "later") this.machine.authorize(this.allow, now);
      }
    }
  }

  receive(frame: Uint8Array, now: Instant = at(1)): void {
    this.machine.receive(frame, now);
    this.collect(now);
  }

  takeFrames(): Uint8Array[] {
    const frames = this.frames;
    this.frames = [];
    return frames;
  }

  get events(): string[] {
    return this.log.flatMap(output => (output.kind === "event" ? [output.event.type] : []));
  }

  /** Why it has failed, or undefined. */
  get failure(): string | undefined {
    const { state } = this.machine;
    return state.name === "ended" && "error" in state.end ? state.end.error.code : undefined;
  }
}

export interface Pair {
  readonly initiator: End;
  readonly responder: End;
}

/** What stands between the ends: returns what arrives in the place of `frame`. */
export type Path = (frame: Uint8Array, from: keyof Pair, index: number) => readonly Uint8Array[];

export function exchange(
  { initiator, responder }: Pair,
  path: Path = frame => [frame],
  now: Instant = at(1),
): void {
  const sent = { initiator: 0, responder: 0 };
  for (let quiet = false; !quiet;) {
    quiet = true;
    for (const [name, from, to] of [
      ["initiator", initiator, responder],
      ["responder", responder, initiator],
    ] as const) {
      for (const frame of from.takeFrames()) {
        quiet = false;
        for (const arriving of path(frame, name, sent[name]++)) to.receive(arriving, now);
      }
    }
  }
}

export interface PairOptions {
  readonly seed?: number;
  readonly known?: boolean;
  readonly both?: Overrides;
  readonly initiator?: Overrides;
  readonly responder?: Overrides;
}

/** What an end is made with where nothing else is said. */
export const endDefaults = {
  floor: "hybrid",
  prefer: "hybrid",
  delivery: "ordered",
  handshakeTimeout: 20_000,
  grace: 5_000,
  limits: defaultLimits,
  keyPolicy: defaultKeyPolicy,
  autoRenew: true,
} as const;

/** Two ends that have not exchanged a frame yet. */
export function newPair({ seed = 1, known = false, both, ...ends }: PairOptions = {}): Pair {
  const provider = both?.provider ?? nodeProvider;
  const keys = seededRandom(seed, provider);
  const [a, b] = [provider.dh.generateKeyPair(keys), provider.dh.generateKeyPair(keys)];
  const base = {
    provider,
    ...endDefaults,
    ...both,
  } as const;
  const responder = new End({
    ...base,
    random: seededRandom(seed + 0.2, provider),
    role: "responder",
    identity: b,
    ...ends.responder,
  });
  const initiator = new End({
    ...base,
    random: seededRandom(seed + 0.1, provider),
    role: "initiator",
    identity: a,
    ...(known ? { peer: b.publicKey } : {}),
    ...ends.initiator,
  });
  return { initiator, responder };
}

/** Two ends with an established session. */
export function establishedPair(options: PairOptions = {}): Pair {
  const pair = newPair(options);
  exchange(pair);
  return pair;
}
