import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import Noise from "noise-handshake";
import { defaultKeyPolicy, defaultLimits } from "bowline";
import { defaultProvider as provider, SessionMachine } from "bowline/hazmat";

const now = { wall: 1, monotonic: 1 };

function ends(options) {
  const shared = {
    provider,
    random: provider.random,
    floor: "classic",
    prefer: "classic",
    delivery: "ordered",
    handshakeTimeout: 20_000,
    grace: 5_000,
    limits: defaultLimits,
    keyPolicy: defaultKeyPolicy,
    autoRenew: true,
    ...options,
  };
  return role => new SessionMachine({ ...shared, role, identity: options.identities[role] }, now);
}

const identities = {
  initiator: provider.dh.generateKeyPair(provider.random),
  responder: provider.dh.generateKeyPair(provider.random),
};

/** A whole handshake, till both ends are active. */
function handshake(options = {}) {
  const end = ends({ identities, ...options });
  const [a, b] = [end("initiator"), end("responder")];
  for (let quiet = false; !quiet;) {
    quiet = true;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ]) {
      for (const output of from.takeOutputs()) {
        if (output.kind === "frame") to.receive(output.frame, now);
        if (output.kind === "authorize") from.authorize(true, now);
        quiet = false;
      }
    }
  }
  if (a.state.name !== "active" || b.state.name !== "active") throw new Error("The handshake has failed.");
  return [a, b];
}

function sessionTraffic(size) {
  const [a, b] = handshake();
  const plaintext = randomBytes(size);
  return () => b.decrypt(a.encrypt(plaintext, now), now);
}

function rawTraffic(size) {
  const key = randomBytes(32);
  const plaintext = randomBytes(size);
  const nonce = Buffer.alloc(12);
  let counter = 0;
  return () => {
    nonce.writeUInt32LE(counter++);
    const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
    const ciphertext = cipher.update(plaintext);
    cipher.final();
    const decipher = createDecipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
    decipher.setAuthTag(cipher.getAuthTag());
    decipher.update(ciphertext);
    decipher.final();
  };
}

function peerHandshake() {
  return () => {
    const [a, b] = [new Noise("XX", true, null), new Noise("XX", false, null)];
    a.initialise(Buffer.alloc(0));
    b.initialise(Buffer.alloc(0));
    b.recv(a.send());
    a.recv(b.send());
    b.recv(a.send());
  };
}

const sizes = [
  ["64", 64],
  ["1k", 1024],
  ["16k", 16_384],
  ["1m", 1_048_576],
];

export const rows = [
  ...sizes.map(([label, size]) => ({
    name: `session-node-${label}`,
    what: `session, encrypt and decrypt ${size.toLocaleString("en-US")} B`,
    beside: "node:crypto, seal and open",
    ours: () => sessionTraffic(size),
    peer: () => rawTraffic(size),
  })),
  {
    name: "handshake-xx",
    what: "XX, classic, both ends, till both are active",
    beside: "noise-handshake XX, both ends (libsodium)",
    ours: () => () => handshake(),
    peer: peerHandshake,
  },
  {
    name: "handshake-hybrid",
    what: "XXhfs, both ends",
    beside: "our classic XX",
    ours: () => () => handshake({ floor: "hybrid", prefer: "hybrid" }),
    peer: () => () => handshake(),
  },
];
