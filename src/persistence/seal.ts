import type { RandomSource, Secret } from "../bytes/index.js";
import type { SealedName, StateSealer } from "./state-sealer.js";

/** Seals what stands under one root, and has the randomness that tells writers apart. */
export interface Seal {
  /** Seals `plaintext`, bound to `name`. */
  seal(name: SealedName, plaintext: Uint8Array): Uint8Array;
  /** Opens what `seal` made for the same name. @throws snapshot-invalid */
  open(name: SealedName, sealed: Uint8Array): Uint8Array;
  /** Where ids of openers, holders and claimers come from. */
  readonly random: RandomSource;
}

/** A seal under the root that `root` returns (32 bytes): it is asked for one at each use, which is disposed at once. */
export function sealUnder(sealer: StateSealer, random: RandomSource, root: () => Secret): Seal {
  const withRoot = <Result>(use: (secret: Secret) => Result): Result => {
    const secret = root();
    try {
      return use(secret);
    } finally {
      secret.dispose();
    }
  };
  return {
    seal: (name, plaintext) => withRoot(secret => sealer.seal(secret, name, plaintext)),
    open: (name, sealed) => withRoot(secret => sealer.open(secret, name, sealed)),
    random,
  };
}

/** What the value under `name` is bound to: its kind is the first part of the name. */
export function sealedName(name: string, codec: number): SealedName {
  const end = name.indexOf("/");
  return { kind: end < 0 ? name : name.slice(0, end), name, codec };
}
