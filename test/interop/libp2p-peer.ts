import type { MessageStream } from "@libp2p/interface";
import { concat, Reader, utf8 } from "../../src/bytes/index.js";
import type { SignatureKeyPair } from "../../src/crypto/index.js";
import { HandshakeState, noiseProtocol, XX, type CipherState, type Role } from "../../src/noise/index.js";
import { provider } from "../noise/support.js";

const { aead, dh, hash, random, signature } = provider;
const none = new Uint8Array(0);
/** A libp2p PublicKey message: type 1 (Ed25519), then 32 bytes of data. */
const keyPrefix = Uint8Array.of(0x08, 0x01, 0x12, 0x20);
const signedPrefix = utf8("noise-libp2p-static-key:");

/** Whole messages over a byte stream, each after its length in two bytes, big-endian. */
class Frames {
  readonly #stream: MessageStream;
  #arrived = new Uint8Array(0);
  #wake: () => void = () => undefined;

  constructor(stream: MessageStream) {
    this.#stream = stream;
    stream.addEventListener("message", event => {
      this.#arrived = Uint8Array.from(concat(this.#arrived, event.data.subarray()));
      this.#wake();
    });
  }

  write(message: Uint8Array): void {
    this.#stream.send(concat(Uint8Array.of(message.length >> 8, message.length), message));
  }

  async read(): Promise<Uint8Array> {
    for (;;) {
      const length = 2 + (this.#arrived.length < 2 ? 65536 : (this.#arrived[0]! << 8) | this.#arrived[1]!);
      if (this.#arrived.length >= length) {
        const message = this.#arrived.slice(2, length);
        this.#arrived = this.#arrived.slice(length);
        return message;
      }
      await new Promise<void>(resolve => (this.#wake = resolve));
    }
  }
}

/** One end of libp2p's Noise, made of `bowline/noise`: XX, with the identity key and its signature in the payloads. */
export class Libp2pPeer {
  readonly #frames: Frames;
  readonly #identity: SignatureKeyPair;
  readonly #handshake: HandshakeState;
  readonly #staticKey = dh.generateKeyPair(random);
  #send: CipherState | undefined;
  #receive: CipherState | undefined;
  /** The Ed25519 public key of the other end, once it is proven. */
  remoteIdentity: Uint8Array | undefined;

  constructor(stream: MessageStream, identity: SignatureKeyPair, role: Role) {
    this.#frames = new Frames(stream);
    this.#identity = identity;
    const protocol = noiseProtocol({ pattern: XX, dh, aead, hash });
    this.#handshake = new HandshakeState({ protocol, role, prologue: none, random, s: this.#staticKey });
  }

  async shakeHands(): Promise<void> {
    let sendsIdentity = false;
    for (let i = 0; this.#handshake.turn !== "finished"; i++) {
      if (this.#handshake.turn === "write") {
        sendsIdentity = i > 0;
        this.#frames.write(this.#handshake.writeMessage(sendsIdentity ? this.#payload() : none));
      } else {
        const payload = this.#handshake.readMessage(await this.#frames.read());
        if (i > 0) this.#checkPayload(payload);
      }
    }
    const { initiatorToResponder, responderToInitiator } = this.#handshake.split();
    const isInitiator = this.#handshake.role === "initiator";
    this.#send = isInitiator ? initiatorToResponder : responderToInitiator;
    this.#receive = isInitiator ? responderToInitiator : initiatorToResponder;
  }

  send(plaintext: Uint8Array): void {
    this.#frames.write(this.#send!.encryptWithAd(none, plaintext));
  }

  async receive(): Promise<Uint8Array> {
    return this.#receive!.decryptWithAd(none, await this.#frames.read());
  }

  #payload(): Uint8Array {
    const signed = concat(signedPrefix, this.#staticKey.publicKey);
    const key = concat(keyPrefix, this.#identity.publicKey);
    return concat(
      Uint8Array.of(0x0a, key.length),
      key,
      Uint8Array.of(0x12, 64),
      signature.sign(this.#identity, signed),
    );
  }

  #checkPayload(payload: Uint8Array): void {
    const fields = new Map<number, Uint8Array>();
    const reader = new Reader(payload, "handshake-failed", "libp2p payload");
    while (reader.remaining > 0) fields.set(reader.u8() >> 3, reader.bytes(reader.u8()).slice());
    const key = fields.get(1)!.subarray(keyPrefix.length);
    const signed = concat(signedPrefix, this.#handshake.remoteStatic!);
    if (!signature.verify(key, signed, fields.get(2)!))
      throw new Error("the identity signature does not hold");
    this.remoteIdentity = key;
  }
}
