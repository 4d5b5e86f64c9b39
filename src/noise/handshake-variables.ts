import { type RandomSource, type Reader, type Secret, concat } from "../bytes/index.js";
import type { DhKeyPair, KemKeyPair } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import { TAG_LENGTH } from "./cipher-state.js";
import type { DhToken, PreMessageToken, Role, Token } from "./handshake-pattern.js";
import type { NoiseProtocol } from "./noise-protocol.js";
import type { SymmetricState } from "./symmetric-state.js";

/** What stays the same for a whole handshake. */
export interface HandshakeSetting {
  readonly protocol: NoiseProtocol;
  readonly role: Role;
  readonly random: RandomSource;
  readonly s: DhKeyPair | undefined;
  readonly psks: readonly Secret[];
  /** Whether the pattern has a psk token, so that ephemeral public keys are mixed into the key as well. Section 9.2. */
  readonly isPsk: boolean;
}

/** What a handshake has learned and made so far. */
interface KnownKeys {
  e?: DhKeyPair;
  re?: Uint8Array;
  rs?: Uint8Array;
  /** The KEM key pair of the party that sends `e1`, or its public key at the other party. */
  e1?: KemKeyPair;
  re1?: Uint8Array;
  /** How many psk tokens have been processed. */
  psksUsed: number;
}

/**
 * The variables of a HandshakeState, and what each token does to them. A message is processed on a draft, which then takes the
 * place of the original, or is dropped: so that a message that fails changes nothing.
 *
 * @see Noise, section 5.3; noise_hfs, section 4
 */
export class HandshakeVariables {
  readonly #setting: HandshakeSetting;
  readonly #known: KnownKeys;
  readonly symmetric: SymmetricState;

  constructor(setting: HandshakeSetting, symmetric: SymmetricState, known: Readonly<KnownKeys>) {
    this.#setting = setting;
    this.symmetric = symmetric;
    this.#known = { ...known };
  }

  get known(): Readonly<KnownKeys> {
    return this.#known;
  }

  draft(): HandshakeVariables {
    return new HandshakeVariables(this.#setting, this.symmetric.clone(), this.#known);
  }

  /** Erases what `kept`, the version that stays in use, does not hold. */
  disposeExcept(kept: HandshakeVariables): void {
    this.symmetric.dispose();
    if (this.#known.e !== kept.#known.e) this.#known.e?.dispose();
    if (this.#known.e1 !== kept.#known.e1) this.#known.e1?.dispose();
  }

  /** Erases the ephemeral private keys. */
  disposeKeyPairs(): void {
    this.#known.e?.dispose();
    this.#known.e1?.dispose();
  }

  mixPreMessage(token: PreMessageToken, isLocal: boolean): void {
    const { s } = this.#setting;
    const { e, re, rs } = this.#known;
    const key = token === "e" ? (isLocal ? e?.publicKey : re) : isLocal ? s?.publicKey : rs;
    if (token === "e") this.#mixEphemeral(needed(key, token));
    else this.symmetric.mixHash(needed(key, token));
  }

  /** Processes one token of a message that this party writes; returns what it adds to the message. */
  write(token: Token): Uint8Array {
    const { protocol, random, s } = this.#setting;
    switch (token) {
      case "e":
        this.#known.e = protocol.dh.generateKeyPair(random);
        this.#mixEphemeral(this.#known.e.publicKey);
        return this.#known.e.publicKey;
      case "s":
        return this.symmetric.encryptAndHash(needed(s, token).publicKey);
      case "e1":
        this.#known.e1 = needed(protocol.kem, token).generateKeyPair(random);
        return this.symmetric.encryptAndHash(this.#known.e1.publicKey);
      case "ekem1": {
        const kem = needed(protocol.kem, token);
        const { ciphertext, sharedSecret } = kem.encapsulate(needed(this.#known.re1, "e1"), random);
        const field = this.symmetric.encryptAndHash(ciphertext);
        this.#mixSecret(sharedSecret);
        return field;
      }
      case "psk":
      case "ee":
      case "es":
      case "se":
      case "ss":
        this.#mixToken(token);
        return concat();
    }
  }

  /** Processes one token of a message that this party reads. Throws what the message deserves; the draft is spoilt then. */
  read(token: Token, message: Reader): void {
    const { protocol } = this.#setting;
    switch (token) {
      case "e": {
        const re = new Uint8Array(message.bytes(protocol.dh.length));
        protocol.dh.checkPublicKey(re);
        this.#known.re = re;
        this.#mixEphemeral(re);
        return;
      }
      case "s": {
        const rs = this.#readField(message, protocol.dh.length);
        protocol.dh.checkPublicKey(rs);
        this.#known.rs = rs;
        return;
      }
      case "e1":
        this.#known.re1 = this.#readField(message, needed(protocol.kem, token).publicKeyLength);
        return;
      case "ekem1": {
        const kem = needed(protocol.kem, token);
        const ciphertext = this.#readField(message, kem.ciphertextLength);
        this.#mixSecret(kem.decapsulate(needed(this.#known.e1, "e1"), ciphertext));
        delete this.#known.e1;
        return;
      }
      case "psk":
      case "ee":
      case "es":
      case "se":
      case "ss":
        this.#mixToken(token);
    }
  }

  #mixToken(token: DhToken | "psk"): void {
    if (token === "psk") {
      this.symmetric.mixKeyAndHash(needed(this.#setting.psks[this.#known.psksUsed++], token).expose());
      return;
    }
    const { protocol, role, s } = this.#setting;
    const { e, re, rs } = this.#known;
    const [local, remote] = role === "initiator" ? [token[0], token[1]] : [token[1], token[0]];
    const pair = needed(local === "e" ? e : s, token);
    const publicKey = needed(remote === "e" ? re : rs, token);
    this.#mixSecret(protocol.dh.sharedSecret(pair, publicKey));
  }

  #mixEphemeral(publicKey: Uint8Array): void {
    this.symmetric.mixHash(publicKey);
    if (this.#setting.isPsk) this.symmetric.mixKey(publicKey);
  }

  /** Mixes a shared secret into the keys and erases it. */
  #mixSecret(sharedSecret: Secret): void {
    try {
      this.symmetric.mixKey(sharedSecret.expose());
    } finally {
      sharedSecret.dispose();
    }
  }

  /** A public key or KEM ciphertext of `length` bytes, encrypted where there is a key. */
  #readField(message: Reader, length: number): Uint8Array {
    return this.symmetric.decryptAndHash(message.bytes(length + (this.symmetric.hasKey ? TAG_LENGTH : 0)));
  }
}

/** What the pattern's rules and the checks at construction promise to be there. */
function needed<Value>(value: Value | undefined, token: Token): Value {
  if (value === undefined)
    throw new SessionError("internal", `The key for the token ${token} is missing: please report this.`);
  return value;
}
