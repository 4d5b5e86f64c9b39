import type { SessionError } from "../../errors/index.js";
import type { Connection } from "../../ports/index.js";
import { checkEqual, type ContractCase } from "./check.js";

/** Both ends of one connection, neither of them started. */
export interface ConnectionPair {
  /** One end. */
  readonly near: Connection;
  /** The other end. */
  readonly far: Connection;
  /** Resolves when what was on its way, and could arrive, has arrived. */
  readonly settle: () => Promise<void>;
  /**
   * Whether the far end can tell a cut between two frames from a close in good order. `silent`: it cannot, as with TLS and pipes; the
   * session's own end tells. Default: `told`.
   */
  readonly cuts?: "told" | "silent";
  /** Releases everything that was opened for the pair. */
  readonly dispose: () => Promise<void>;
}

/** Makes a fresh pair. */
export type PairMaker = () => Promise<ConnectionPair>;

/** A case that needs a pair. */
export interface ConnectionCase {
  readonly name: string;
  readonly run: (pair: ConnectionPair) => Promise<void>;
}

/** The case on a pair of its own, which is disposed whatever comes of it. */
export function runOn(makePair: PairMaker, { name, run }: ConnectionCase): ContractCase {
  return {
    name,
    async run() {
      const pair = await makePair();
      try {
        await run(pair);
      } finally {
        pair.near.destroy();
        pair.far.destroy();
        await pair.dispose();
      }
    },
  };
}

/** `length` bytes that differ from place to place and from `seed` to `seed`. */
export function patterned(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = (seed * 2_654_435_761 + length) >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** @throws ContractFailure unless `error` is how an end hears that the far end was cut */
export function checkCut(
  { cuts = "told" }: ConnectionPair,
  error: SessionError | undefined,
  what: string,
): void {
  if (cuts === "told" || error !== undefined) checkEqual(error?.code, "connection-lost", what);
}
