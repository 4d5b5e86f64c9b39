// Two HandshakeStates that talk to each other with the keys of one vector, and the ciphers after them. `library` is what
// `loadLibrary` returns, so that the tests can run the same code on the sources.

/** The two parties of `vector`: `init` sends the first message, also where a fallback makes it the responder afterwards. */
export class Conversation {
  #library;
  #vector;
  #protocol;
  #parties;
  #ciphers;
  #sent = 0;
  #random;

  constructor(library, vector) {
    this.#library = library;
    this.#vector = vector;
    this.#protocol = this.#parse(vector.protocolName);
    this.#random = { init: replay(vector.init.drawn), resp: replay(vector.resp.drawn) };
    this.#parties = { init: this.#party("init", "initiator"), resp: this.#party("resp", "responder") };
  }

  get isFinished() {
    return this.#parties.init.turn === "finished" && this.#parties.resp.turn === "finished";
  }

  /** The handshake hash, which both parties must have. */
  get handshakeHash() {
    const [ours, theirs] = [this.#parties.init.handshakeHash, this.#parties.resp.handshakeHash];
    if (!equal(ours, theirs)) throw new Error("the two parties have different handshake hashes");
    return ours;
  }

  /** The bytes of the next message, from whichever side is to send it; `receive` comes next. */
  send(payload) {
    const [sender] = this.#sides();
    if (!this.isFinished) return this.#parties[sender].writeMessage(payload);
    return this.#cipher(sender, sender).encryptWithAd(new Uint8Array(0), payload);
  }

  /** The payload of the message, as the other side reads it; undefined where a fallback begins with this message. */
  receive(message) {
    const [sender, reader] = this.#sides();
    this.#sent++;
    if (this.isFinished) return this.#cipher(reader, sender).decryptWithAd(new Uint8Array(0), message);
    if (this.#sent === 1 && this.#vector.fallbackName !== undefined) return this.#fallBack(message);
    return this.#parties[reader].readMessage(message);
  }

  dispose() {
    for (const party of Object.values(this.#parties)) party.dispose();
  }

  #sides() {
    return this.#isOneWay || this.#sent % 2 === 0 ? ["init", "resp"] : ["resp", "init"];
  }

  get #isOneWay() {
    return this.#protocol.pattern.name.length === 1;
  }

  /** The cipher that `holder` has for what `sender` sends. */
  #cipher(holder, sender) {
    this.#ciphers ??= { init: this.#parties.init.split(), resp: this.#parties.resp.split() };
    const { initiatorToResponder, responderToInitiator } = this.#ciphers[holder];
    return this.#parties[sender].role === "initiator" ? initiatorToResponder : responderToInitiator;
  }

  #fallBack(message) {
    if (!refuses(() => this.#parties.resp.readMessage(message))) {
      throw new Error("the responder read the message that was to fail");
    }
    const e = this.#parties.init.releaseEphemeral();
    const re = message.slice(0, this.#protocol.dh.length);
    this.#parties.resp.dispose();
    this.#protocol = this.#parse(this.#vector.fallbackName);
    this.#parties = {
      init: this.#party("init", "responder", { e }),
      resp: this.#party("resp", "initiator", { re }),
    };
    return undefined;
  }

  #party(side, role, ephemeral = {}) {
    const { noise, Secret } = this.#library;
    const { prologue, s, remoteStatic, psks } = this.#vector[side];
    const { pattern, dh } = this.#protocol;
    const theirs = role === "initiator" ? pattern.responderPreMessage : pattern.initiatorPreMessage;
    const pskCount = pattern.messages.flat().filter(token => token === "psk").length;
    return new noise.HandshakeState({
      protocol: this.#protocol,
      role,
      prologue,
      random: this.#random[side],
      s: s && dh.importKeyPair(s),
      rs: theirs.includes("s") ? remoteStatic : undefined,
      psks: psks(pskCount).map(psk => Secret.copy(psk)),
      ...ephemeral,
    });
  }

  #parse(name) {
    return this.#library.noise.parseProtocolName(name, this.#library.algorithms);
  }
}

export function equal(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Whether `attempt` is refused as a message of the peer's that can't be right. */
export function refuses(attempt) {
  try {
    attempt();
    return false;
  } catch (error) {
    if (error?.code === "handshake-failed" || error?.code === "decryption-failed") return true;
    throw error;
  }
}

/** A random source that gives out what the vector says, in order. */
function replay(parts) {
  const bytes = parts.flatMap(part => [...part]);
  return length => {
    if (bytes.length < length)
      throw new Error("it lacks an ephemeral key or KEM randomness that the pattern needs");
    return Uint8Array.from(bytes.splice(0, length));
  };
}
