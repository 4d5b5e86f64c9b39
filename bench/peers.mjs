// Sessions of others, after their own handshake: for a size, an act that encrypts a message at one end and decrypts it at the other.
// Each in its fastest form, so without its streams, which would only add to it; output buffers are reused where the interface takes them.
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { setImmediate } from "node:timers/promises";
import SecretStream from "@hyperswarm/secret-stream";
import NoiseHandshake from "noise-handshake";
import Cipher from "noise-handshake/cipher.js";
import { shakeHands as libp2pHandshake } from "./libp2p.mjs";

const require = createRequire(import.meta.url);
const none = Buffer.alloc(0);

function noiseProtocol(size) {
  const noise = require("noise-protocol");
  const cipherState = require("noise-protocol/cipher-state")({ cipher: require("noise-protocol/cipher")() });
  const ends = [true, false].map(initiator => noise.initialize("XX", initiator, none, noise.keygen()));
  const [wire, payload] = [Buffer.alloc(256), Buffer.alloc(256)];
  let splits = [];
  for (let turn = 0; turn < 3; turn++) {
    const [from, to] = turn === 1 ? [ends[1], ends[0]] : ends;
    const sent = noise.writeMessage(from, none, wire);
    const taken = noise.readMessage(to, wire.subarray(0, noise.writeMessage.bytes), payload);
    splits = [sent, taken];
  }
  const [{ tx }, { rx }] = splits;
  const plaintext = randomBytes(size);
  const [sealed, opened] = [Buffer.alloc(size + 16), Buffer.alloc(size)];
  return () => {
    cipherState.encryptWithAd(tx, sealed, none, plaintext);
    cipherState.decryptWithAd(rx, opened, none, sealed);
  };
}

function noiseHandshake(size) {
  const [a, b] = noiseHandshakePair();
  const [seal, open] = [new Cipher(a.tx), new Cipher(b.rx)];
  const plaintext = randomBytes(size);
  return () => open.decrypt(seal.encrypt(plaintext));
}

/** A whole XX of noise-handshake, both ends. */
export function noiseHandshakePair() {
  const [a, b] = [new NoiseHandshake("XX", true, null), new NoiseHandshake("XX", false, null)];
  a.initialise(none);
  b.initialise(none);
  b.recv(a.send());
  a.recv(b.send());
  b.recv(a.send());
  return [a, b];
}

/** Its records, between two streams that are connected in memory. */
async function secretStream(size) {
  const [a, b] = [new SecretStream(true), new SecretStream(false)];
  a.rawStream.pipe(b.rawStream).pipe(a.rawStream);
  await Promise.all([a, b].map(stream => new Promise(resolve => stream.once("connect", resolve))));
  while (b._setup) await setImmediate();
  const [push, pull] = [a._encrypt, b._decrypt];
  const plaintext = randomBytes(size);
  const [sealed, opened] = [Buffer.alloc(size + 17), Buffer.alloc(size)];
  return () => {
    push.next(plaintext, sealed);
    pull.next(sealed, opened);
  };
}

async function libp2p(size) {
  const [a, b] = await libp2pHandshake();
  const plaintext = randomBytes(size);
  return () => {
    const sealed = a.encrypt(plaintext);
    b.decrypt(sealed, sealed.subarray(0, size));
  };
}

export const peers = {
  "noise-protocol": noiseProtocol,
  "noise-handshake": noiseHandshake,
  "@hyperswarm/secret-stream": secretStream,
  "@chainsafe/libp2p-noise": libp2p,
};
