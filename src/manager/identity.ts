/// <reference lib="esnext.disposable" preserve="true" />
import { defaultProvider } from "#default-provider";
import { copySecret, Secret, utf8 } from "../bytes/index.js";
import type { CryptoProvider, DhKeyPair } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import { peerIdOf, type PeerId } from "./peer-id.js";

const atRestLabel = utf8("BITCRAPS_SESSION_KEY_V1");

/** A static X25519 key pair: what an endpoint is known by. Its secret key never prints; `dispose` erases it. */
export class Identity {
  readonly #provider: CryptoProvider;
  readonly #secretKey: Secret;
  /** For the handshake; it cannot be read out. */
  readonly keyPair: DhKeyPair;
  /** What peers know this identity by. */
  readonly id: PeerId;

  private constructor(provider: CryptoProvider, secretKey: Secret) {
    this.#provider = provider;
    this.#secretKey = secretKey;
    this.keyPair = provider.dh.importKeyPair(secretKey.expose());
    this.id = peerIdOf(this.keyPair.publicKey);
  }

  /** A new identity from the platform's generator, or the provider's that is given. */
  static generate(options: { readonly provider?: CryptoProvider } = {}): Identity {
    const provider = options.provider ?? defaultProvider;
    return new Identity(provider, Secret.take(provider.random(provider.dh.length)));
  }

  /**
   * The identity of a secret key (32 bytes), which it takes over: the caller must not dispose it.
   *
   * @throws invalid-argument where the length is another
   */
  static fromSecretKey(secretKey: Secret, options: { readonly provider?: CryptoProvider } = {}): Identity {
    const provider = options.provider ?? defaultProvider;
    if (secretKey.length !== provider.dh.length) {
      throw new SessionError(
        "invalid-argument",
        `A secret key has ${provider.dh.length} bytes; this one has ${secretKey.length}.`,
      );
    }
    return new Identity(provider, secretKey);
  }

  /** A copy of the public key: 32 bytes. */
  get publicKey(): Uint8Array {
    return Uint8Array.from(this.keyPair.publicKey);
  }

  /** A copy of the secret key (32 bytes), to be stored; the caller disposes it. */
  exportSecretKey(): Secret {
    return copySecret(this.#secretKey);
  }

  /**
   * The root of the key that seals what is stored about `peer` (its public key, 32 bytes): only this identity can compute
   * it. The caller disposes it.
   *
   * @see PROTOCOL, section 11
   */
  atRestRoot(peer: Uint8Array): Secret {
    return Secret.take(this.#provider.hash.hash(atRestLabel, this.#secretKey.expose(), peer));
  }

  /** Erases the secret key: handshakes with it fail from now on with `secret-disposed`. */
  dispose(): void {
    this.#secretKey.dispose();
    this.keyPair.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
