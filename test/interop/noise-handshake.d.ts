declare module "noise-handshake" {
  interface KeyPair {
    readonly publicKey: Uint8Array;
    readonly secretKey: Uint8Array;
  }

  /** One party. Its suite is 25519 (sodium's scalar multiplication), ChaChaPoly and BLAKE2b. */
  export default class NoiseHandshake {
    constructor(
      pattern: string,
      isInitiator: boolean,
      staticKeyPair?: KeyPair,
      options?: { readonly psk?: Uint8Array },
    );
    readonly s: KeyPair;
    readonly rs: Uint8Array | null;
    readonly complete: boolean;
    readonly hash: Uint8Array;
    /** The key for sending, and the key for receiving. */
    readonly tx: Uint8Array;
    readonly rx: Uint8Array;
    initialise(prologue: Uint8Array, remoteStatic?: Uint8Array): void;
    send(payload?: Uint8Array): Uint8Array;
    recv(message: Uint8Array): Uint8Array;
  }
}

declare module "noise-handshake/cipher.js" {
  export default class Cipher {
    constructor(key: Uint8Array);
    encrypt(plaintext: Uint8Array): Uint8Array;
    decrypt(ciphertext: Uint8Array): Uint8Array;
  }
}
