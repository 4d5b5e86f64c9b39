/// <reference lib="esnext.disposable" preserve="true" />
import { concat, copySecret, type RandomSource, Reader, type Secret } from "../bytes/index.js";
import type { DhKeyPair } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import { MAX_MESSAGE_LENGTH, TAG_LENGTH, type CipherState } from "./cipher-state.js";
import { checkHandshakeKeys } from "./handshake-keys.js";
import { countPsks, isOneWay, senderOf, type Role, type Token } from "./handshake-pattern.js";
import { HandshakeVariables, type HandshakeSetting } from "./handshake-variables.js";
import { NoiseProtocol } from "./noise-protocol.js";
import { SymmetricState } from "./symmetric-state.js";

/** What a handshake begins with. Public keys are copied. */
export interface HandshakeOptions {
  /** Pattern and algorithms. */
  readonly protocol: NoiseProtocol;
  /** Whose messages this end writes. */
  readonly role: Role;
  /** Any length; both parties must have the same. */
  readonly prologue: Uint8Array;
  /** Where ephemeral keys come from. */
  readonly random: RandomSource;
  /** The local static key pair, where the pattern uses one. It stays the caller's, who keeps it until the handshake is over. */
  readonly s?: DhKeyPair | undefined;
  /** The local ephemeral key pair, where it is a pre-message (fallback). Taken over: erased with the handshake. */
  readonly e?: DhKeyPair | undefined;
  /** The remote static public key, where it is a pre-message. */
  readonly rs?: Uint8Array | undefined;
  /** The remote ephemeral public key, where it is a pre-message (fallback). */
  readonly re?: Uint8Array | undefined;
  /** One for each psk token, in order; 32 bytes each. Copied: the caller's remain the caller's to dispose. */
  readonly psks?: readonly Secret[] | undefined;
}

/** What the application does next: write a message, read one, or, when the handshake is finished, split. */
export type Turn = "write" | "read" | "finished";

/** The keys of a finished handshake, one for each direction. Whoever holds them disposes them. */
export interface SplitCiphers {
  /** Of what the initiator sends. */
  readonly initiatorToResponder: CipherState;
  /** After a one-way pattern this one is already disposed: every use throws. */
  readonly responderToInitiator: CipherState;
}

/**
 * One party of a handshake. Whoever makes it disposes it.
 *
 * @see Noise, section 5.3
 */
export class HandshakeState {
  readonly #setting: HandshakeSetting;
  #variables: HandshakeVariables;
  #position = 0;
  #isSplit = false;
  #isDisposed = false;

  /**
   * @throws invalid-argument, handshake-key-missing, public-key-malformed, public-key-not-canonical, public-key-low-order;
   *   `e` is still the caller's then
   */
  constructor(options: HandshakeOptions) {
    const { protocol, role, random, s, e, psks = [] } = options;
    if (!NoiseProtocol.isChecked(protocol)) {
      throw new SessionError(
        "invalid-argument",
        "The protocol comes from noiseProtocol, which checks the pattern.",
      );
    }
    const { pattern } = protocol;
    checkHandshakeKeys(pattern, role, protocol.dh, options);
    const copiedPsks = psks.map(copySecret);
    this.#setting = { protocol, role, random, s, psks: copiedPsks, isPsk: countPsks(pattern) > 0 };
    const symmetric = SymmetricState.initialize(protocol.name, protocol.aead, protocol.hash);
    symmetric.mixHash(options.prologue);
    this.#variables = new HandshakeVariables(this.#setting, symmetric, {
      ...(e && { e }),
      ...(options.re && { re: copy(options.re) }),
      ...(options.rs && { rs: copy(options.rs) }),
      psksUsed: 0,
    });
    for (const token of pattern.initiatorPreMessage)
      this.#variables.mixPreMessage(token, role === "initiator");
    for (const token of pattern.responderPreMessage)
      this.#variables.mixPreMessage(token, role === "responder");
  }

  /** Pattern and algorithms of this handshake. */
  get protocol(): NoiseProtocol {
    return this.#setting.protocol;
  }

  /** Whose messages this end writes. */
  get role(): Role {
    return this.#setting.role;
  }

  /** What comes next: to write, to read, or to split. */
  get turn(): Turn {
    if (this.#position >= this.protocol.pattern.messages.length) return "finished";
    return senderOf(this.#position) === this.role ? "write" : "read";
  }

  /** The peer's static public key, once it is known: before the handshake is finished it may not be authenticated. A copy. */
  get remoteStatic(): Uint8Array | undefined {
    const { rs } = this.#variables.known;
    return rs && copy(rs);
  }

  /** The peer's ephemeral public key, once it is known. A copy. */
  get remoteEphemeral(): Uint8Array | undefined {
    const { re } = this.#variables.known;
    return re && copy(re);
  }

  /**
   * The handshake hash of a finished handshake, 32 or 64 bytes, for channel binding; also after `dispose`. It is no secret.
   *
   * @throws handshake-out-of-turn
   * @see Noise, section 11.2
   */
  get handshakeHash(): Uint8Array {
    this.#expect("finished");
    return this.#variables.symmetric.handshakeHash;
  }

  /**
   * Writes the next message with `payload` (any length that leaves the message at most 65,535 bytes long); the result is the
   * caller's. Early messages may not be secret, nor their reader known: see the pattern's security properties.
   *
   * @throws handshake-out-of-turn, handshake-message-too-long, secret-disposed; handshake-failed where a key that the peer
   *   has sent is of no use. Nothing has changed then
   * @see Noise, section 7.7
   */
  writeMessage(payload: Uint8Array): Uint8Array {
    const tokens = this.#begin("write");
    return this.#attempt(draft => {
      const fields = tokens.map(token => draft.write(token));
      const overhead = concat(...fields).length + (draft.symmetric.hasKey ? TAG_LENGTH : 0);
      if (overhead + payload.length > MAX_MESSAGE_LENGTH) {
        throw new SessionError(
          "handshake-message-too-long",
          `The payload of this message has at most ${MAX_MESSAGE_LENGTH - overhead} bytes, not ${payload.length}.`,
        );
      }
      return concat(...fields, draft.symmetric.encryptAndHash(payload));
    });
  }

  /**
   * Reads the peer's next message (at most 65,535 bytes) and returns its payload, which is the caller's.
   *
   * @throws handshake-failed, whatever is wrong with the message (`cause` says what, for local eyes only);
   *   handshake-out-of-turn, secret-disposed; what `accept` throws about the payload. Nothing has changed then, and the right message
   *   can still be read
   */
  readMessage(message: Uint8Array, accept?: (payload: Uint8Array) => void): Uint8Array {
    const tokens = this.#begin("read");
    return this.#attempt(draft => {
      const reader = new Reader(message, "handshake-failed", "handshake message");
      if (message.length > MAX_MESSAGE_LENGTH) reader.fail(`has more than ${MAX_MESSAGE_LENGTH} bytes`);
      for (const token of tokens) draft.read(token, reader);
      return draft.symmetric.decryptAndHash(reader.rest());
    }, accept);
  }

  /**
   * The CipherStates for transport messages, owned by the caller. Once only.
   *
   * @throws handshake-out-of-turn, secret-disposed
   */
  split(): SplitCiphers {
    this.#refuseDisposed();
    this.#expect("finished");
    if (this.#isSplit)
      throw outOfTurn("This handshake has been split already: two pairs of keys would repeat nonces.");
    this.#isSplit = true;
    const [initiatorToResponder, responderToInitiator] = this.#variables.symmetric.split();
    if (isOneWay(this.protocol.pattern)) responderToInitiator.dispose();
    return { initiatorToResponder, responderToInitiator };
  }

  /**
   * A copy of the final chaining key, 32 or 64 bytes, owned by the caller: a root for a key schedule of one's own, before or
   * after `split`.
   *
   * @throws handshake-out-of-turn, secret-disposed
   */
  exportChainingKey(): Secret {
    this.#refuseDisposed();
    this.#expect("finished");
    return this.#variables.symmetric.exportChainingKey();
  }

  /**
   * Gives the ephemeral key pair away and disposes this state: for the initiator of a failed handshake, who becomes the
   * responder of a fallback pattern with it. The caller passes it on as `e`, or disposes it.
   *
   * @throws handshake-out-of-turn where there is none, or the handshake is finished; secret-disposed
   * @see Noise, section 10.2
   */
  releaseEphemeral(): DhKeyPair {
    this.#refuseDisposed();
    const { e, e1 } = this.#variables.known;
    if (e === undefined || this.turn === "finished")
      throw outOfTurn("This handshake has no ephemeral key pair to give away.");
    e1?.dispose();
    this.#variables = new HandshakeVariables(this.#setting, this.#variables.symmetric, { psksUsed: 0 });
    this.dispose();
    return e;
  }

  /** Erases all keys but those that are the caller's. What needs one throws from now on. */
  dispose(): void {
    this.#isDisposed = true;
    this.#variables.symmetric.dispose();
    this.#disposeHandshakeKeys();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #begin(turn: Turn): readonly Token[] {
    this.#refuseDisposed();
    this.#expect(turn);
    return this.protocol.pattern.messages[this.#position]!;
  }

  /** Runs `process` on a draft; the draft becomes the state where it returns, and is erased where it throws. */
  #attempt(
    process: (draft: HandshakeVariables) => Uint8Array,
    accept?: (payload: Uint8Array) => void,
  ): Uint8Array {
    const draft = this.#variables.draft();
    let result: Uint8Array;
    try {
      result = process(draft);
    } catch (error) {
      draft.disposeExcept(this.#variables);
      throw SessionError.is(error) && error.category === "peer-misbehaved" ? failed(error) : error;
    }
    try {
      accept?.(result);
    } catch (error) {
      draft.disposeExcept(this.#variables);
      throw error;
    }
    this.#variables.disposeExcept(draft);
    this.#variables = draft;
    this.#position++;
    if (this.turn === "finished") this.#disposeHandshakeKeys();
    return result;
  }

  #disposeHandshakeKeys(): void {
    this.#variables.disposeKeyPairs();
    for (const psk of this.#setting.psks) psk.dispose();
  }

  #expect(turn: Turn): void {
    if (this.turn !== turn) {
      const next = { write: "to write a message", read: "to read one", finished: "to split: it is finished" };
      throw outOfTurn(`It is this handshake's turn ${next[this.turn]}.`);
    }
  }

  #refuseDisposed(): void {
    if (this.#isDisposed)
      throw new SessionError("secret-disposed", "This handshake has been disposed: begin a new one.");
  }
}

/** Not `slice`, which makes a view where the bytes are a Node Buffer. */
function copy(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function outOfTurn(message: string): SessionError {
  return new SessionError("handshake-out-of-turn", message);
}

function failed(cause: SessionError): SessionError {
  return new SessionError(
    "handshake-failed",
    "A handshake message was refused: it is damaged, or not of this handshake, or the peer's keys or prologue differ.",
    { cause },
  );
}
