// The handshake of @chainsafe/libp2p-noise, both ends, over the thinnest path that it takes.
import { defaultCrypto } from "@chainsafe/libp2p-noise/crypto";
import { generateKeyPair } from "@libp2p/crypto/keys";
import { defaultLogger } from "@libp2p/logger";

/** A file of the package that it does not export. */
const inside = name => import(new URL(name, import.meta.resolve("@chainsafe/libp2p-noise")).href);
const [{ performHandshakeInitiator, performHandshakeResponder }, { wrapCrypto }] = await Promise.all([
  inside("./performHandshake.js"),
  inside("./crypto.js"),
]);

/** One direction of a path in memory: whole messages. */
class Way {
  #messages = [];
  #waiting = [];

  write(message) {
    const reader = this.#waiting.shift();
    if (reader === undefined) this.#messages.push(message);
    else reader(message);
  }

  read() {
    if (this.#messages.length > 0) return this.#messages.shift();
    return new Promise(resolve => this.#waiting.push(resolve));
  }
}

const prologue = new Uint8Array(0);
const log = defaultLogger().forComponent("bench");
const crypto = wrapCrypto(defaultCrypto);

async function party() {
  const extensions = { streamMuxers: [], webtransportCerthashes: [] };
  return {
    log,
    crypto,
    prologue,
    extensions,
    privateKey: await generateKeyPair("Ed25519"),
    s: crypto.generateKeypair(),
  };
}
const [initiator, responder] = [await party(), await party()];

/** The initiator's and the responder's `encrypt` and `decrypt`. */
export function shakeHands() {
  const [there, back] = [new Way(), new Way()];
  const path = (to, from) => ({ write: message => to.write(message), read: () => from.read() });
  return Promise.all([
    performHandshakeInitiator({ ...initiator, connection: path(there, back) }),
    performHandshakeResponder({ ...responder, connection: path(back, there) }),
  ]);
}
