import { equalConstantTime, utf8 } from "../../src/bytes/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import type { Instant } from "../../src/ports/index.js";
import { resumptionName, type ResumptionState } from "../../src/session/index.js";
import {
  at,
  End,
  endDefaults,
  establishedPair,
  exchange,
  seededRandom,
  type Overrides,
  type Pair,
  type PairOptions,
} from "./machine-pair.js";

/** What the end of a live session may keep. */
export function kept(end: End, now: Instant = at(2)): ResumptionState {
  return end.machine.resumptionState(now)!;
}

/** Looks names up in what was kept. */
export function finder(state: ResumptionState): (name: Uint8Array) => ResumptionState | undefined {
  return name =>
    state.secrets.some(secret => equalConstantTime(resumptionName(nodeProvider, secret), name))
      ? state
      : undefined;
}

export interface CutOptions {
  /** Whose session of the cut pair asks for the resumption. */
  readonly resumer: keyof Pair;
  /** When the new path is there, in milliseconds. */
  readonly later?: number;
  /** Messages that the first initiator sends before the cut. */
  readonly talk?: number;
  readonly fallback?: boolean;
  /** What happens to what was kept, at both ends or at one of the new pair. */
  readonly tamper?: (state: ResumptionState) => ResumptionState;
  readonly only?: keyof Pair;
  /** In the place of a look into what the other end has kept. */
  readonly lookup?: ((name: Uint8Array) => ResumptionState | undefined) | "later";
  /** Of the end that resumes. */
  readonly options?: Overrides;
  readonly both?: Overrides;
}

export interface CutPair {
  /** The pair whose path is gone. */
  readonly old: Pair;
  /** What its ends have kept. */
  readonly states: Readonly<Record<keyof Pair, ResumptionState>>;
  /** Two new ends, the first of which has asked for a resumption. */
  readonly pair: Pair;
  /** Another new end of the same identity, in that role of the new pair. */
  readonly reborn: (role: keyof Pair, overrides?: Overrides, lookup?: End["lookup"]) => End;
}

let seeds = 1_000;

/** Cuts the path of `old`, whose ends go on as new ones. */
export function cut(old: Pair, options: CutOptions): CutPair {
  const { resumer, later = 2, fallback = true, tamper = state => state, only, lookup } = options;
  const states = { initiator: kept(old.initiator), responder: kept(old.responder) };
  const other = resumer === "initiator" ? "responder" : "initiator";
  const changed = (role: keyof Pair): ResumptionState => {
    const state = states[role === "initiator" ? resumer : other];
    return only === undefined || only === role ? tamper(state) : state;
  };
  const reborn: CutPair["reborn"] = (role, overrides = {}, found = finder(changed("responder"))) => {
    const end = old[role === "initiator" ? resumer : other];
    const base = {
      provider: nodeProvider,
      random: seededRandom(seeds++),
      identity: end.identity,
      ...endDefaults,
      ...options.both,
      ...overrides,
    } as const;
    const attempt = {
      peer: old[other].identity.publicKey,
      resume: { state: changed("initiator"), fallback },
    };
    const born = new End(
      role === "initiator" ? { ...base, role, ...attempt, ...overrides } : { ...base, role },
      at(later),
    );
    born.lookup = found;
    return born;
  };
  const answer = lookup === "later" ? undefined : lookup;
  const responder = reborn("responder");
  if (lookup !== undefined) responder.lookup = answer;
  const pair = { initiator: reborn("initiator", options.options), responder };
  return { old, states, pair, reborn };
}

/** As `cut`, of a pair that is made for it. */
export function resumedPair(pairOptions: PairOptions, options: CutOptions): CutPair {
  const old = establishedPair(pairOptions);
  for (let i = 0; i < (options.talk ?? 0); i++) say(old.initiator, `message ${i}`);
  exchange(old);
  return cut(old, pairOptions.both === undefined ? options : { ...options, both: pairOptions.both });
}

export function say(end: End, text: string, now: Instant = at(2)): void {
  end.machine.send(utf8(text), now);
  end.collect(now);
}

export const said = (end: End): string[] => end.messages.map(message => new TextDecoder().decode(message));
