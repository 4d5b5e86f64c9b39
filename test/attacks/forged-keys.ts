import { Secret } from "../../src/bytes/index.js";
import type { CryptoProvider, DhKeyPair } from "../../src/crypto/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";

/** What an attacker computes as the shared secret of a key pair that is not his. */
export type SharedSecretWith = (publicKey: Uint8Array) => Uint8Array;

/** Primitives in an attacker's hands: no check of what he is sent, and key pairs whose public half he chooses. */
export class ForgedKeys {
  readonly provider: CryptoProvider;
  readonly #answers = new WeakMap<DhKeyPair, SharedSecretWith>();
  /** What is sent as the next ephemeral keys. */
  readonly ephemerals: DhKeyPair[] = [];

  constructor(base: CryptoProvider = nodeProvider) {
    this.provider = {
      ...base,
      dh: {
        ...base.dh,
        generateKeyPair: random => this.ephemerals.shift() ?? base.dh.generateKeyPair(random),
        checkPublicKey: () => undefined,
        sharedSecret: (pair, publicKey) => {
          const answer = this.#answers.get(pair);
          return answer === undefined
            ? base.dh.sharedSecret(pair, publicKey)
            : Secret.take(Uint8Array.from(answer(publicKey)));
        },
      },
    };
  }

  pair(publicKey: Uint8Array, sharedSecret: SharedSecretWith): DhKeyPair {
    const pair: DhKeyPair = { publicKey: Uint8Array.from(publicKey), dispose: () => undefined };
    this.#answers.set(pair, sharedSecret);
    return pair;
  }
}
