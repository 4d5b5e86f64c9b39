import type { RandomSource, Secret } from "../../src/bytes/index.js";
import type { AeadKey, CryptoProvider, DhKeyPair, Hash } from "../../src/crypto/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";

interface Disposable {
  dispose(): void;
}

/** Primitives that note every key which passes through them: its bytes as they were, and whether they have been erased. */
export class WatchedProvider {
  readonly provider: CryptoProvider;
  /** A copy of every secret: keys, shared secrets, outputs of HMAC and HKDF, drawn randomness that became a key. */
  readonly secrets: { readonly kind: string; readonly bytes: Uint8Array }[] = [];
  /** The arrays themselves, which their holders erase. */
  readonly #live: { readonly kind: string; readonly bytes: Uint8Array }[] = [];
  readonly #sharedSecrets: Secret[] = [];
  readonly #handles = new Map<Disposable, string>();
  readonly #real = new WeakMap<DhKeyPair, DhKeyPair>();

  constructor(base: CryptoProvider = nodeProvider) {
    const hash: Hash = {
      ...base.hash,
      hmac: (key, ...parts) => this.#note("hmac", base.hash.hmac(key, ...parts)),
    };
    this.provider = {
      ...base,
      hash,
      hkdf: (given, ...rest) => this.#note("hkdf", base.hkdf(given === hash ? base.hash : given, ...rest)),
      aead: {
        ...base.aead,
        key: key => {
          this.#note("aead key", key);
          return this.#hold<AeadKey>("aead key", base.aead.key(key));
        },
      },
      dh: {
        ...base.dh,
        generateKeyPair: random => this.#holdPair("ephemeral", base.dh.generateKeyPair(this.#watch(random))),
        sharedSecret: (pair, publicKey) => this.#share(base.dh.sharedSecret(this.#realPair(pair), publicKey)),
      },
      kem: {
        ...base.kem,
        generateKeyPair: random =>
          this.#holdPair("kem key pair", base.kem.generateKeyPair(this.#watch(random))),
        encapsulate: (publicKey, random) => {
          const result = base.kem.encapsulate(publicKey, this.#watch(random));
          return { ...result, sharedSecret: this.#share(result.sharedSecret) };
        },
        decapsulate: (pair, ciphertext) =>
          this.#share(base.kem.decapsulate(this.#realPair(pair), ciphertext)),
      },
    };
  }

  /** Keys that have been made and not disposed. */
  get undisposed(): string[] {
    const shared = this.#sharedSecrets.filter(secret => !secret.disposed);
    return [...this.#handles.values(), ...shared.map(() => "shared secret")];
  }

  /** Arrays of key bytes that have not been filled with zeros. */
  get unerased(): string[] {
    return this.#live.filter(({ bytes }) => bytes.some(byte => byte !== 0)).map(({ kind }) => kind);
  }

  #note(kind: string, bytes: Uint8Array): Uint8Array {
    this.secrets.push({ kind, bytes: Uint8Array.from(bytes) });
    this.#live.push({ kind, bytes });
    return bytes;
  }

  #watch(random: RandomSource): RandomSource {
    return length => this.#note("drawn for a key", random(length));
  }

  #share(secret: Secret): Secret {
    this.secrets.push({ kind: "shared secret", bytes: Uint8Array.from(secret.expose()) });
    this.#sharedSecrets.push(secret);
    return secret;
  }

  #hold<Key extends Disposable>(kind: string, key: Key): Key {
    this.#handles.set(key, kind);
    const dispose = key.dispose.bind(key);
    key.dispose = () => {
      this.#handles.delete(key);
      dispose();
    };
    return key;
  }

  /** A pair that stands for `pair`, which is known to its provider by identity. */
  #holdPair<Pair extends DhKeyPair>(kind: string, pair: Pair): Pair {
    const standIn = { publicKey: pair.publicKey, dispose: () => pair.dispose() } as Pair;
    this.#real.set(standIn, pair);
    return this.#hold(kind, standIn);
  }

  #realPair<Pair extends DhKeyPair>(pair: Pair): Pair {
    return (this.#real.get(pair) as Pair | undefined) ?? pair;
  }
}
