// What a message costs in a session: beside peers, and beside the AEAD alone.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { defaultProvider } from "../dist/hazmat.js";
import { handshake, makeEnds, now } from "./ends.mjs";
import { inRounds, rate, rates } from "./measure.mjs";
import { median } from "./summary.mjs";

/** Encrypts a message of `size` bytes at one end of a session and decrypts it at the other. */
export function sessionTraffic(size) {
  const [a, b] = handshake(makeEnds());
  const plaintext = randomBytes(size);
  return () => b.decrypt(a.encrypt(plaintext, now), now);
}

/** Beside the fastest peer of this very run. */
export async function besidePeers({ rounds, time }, size) {
  const { peers } = await import("./peers.mjs");
  const names = Object.keys(peers);
  const acts = [sessionTraffic(size)];
  for (const name of names) acts.push(await peers[name](size));
  const results = await inRounds(
    rounds,
    acts.map(act => () => rate(act, time)),
  );
  const medians = names.map((_, index) => median(results.map(result => result[index + 1])));
  const fastest = medians.indexOf(Math.max(...medians));
  const others = names.map(
    (name, index) => `${name} ${Math.round(medians[index]).toLocaleString("en-US")}/s`,
  );
  return {
    pairs: results.map(result => [result[0], result[fastest + 1]]),
    beside: names[fastest],
    note: others.join(", "),
  };
}

/** Our AEAD alone: the key is there, the output is reused, no associated data. */
function aeadTraffic(size) {
  const key = defaultProvider.aead.key(randomBytes(32));
  const [nonce, none, tag] = [new Uint8Array(12), new Uint8Array(0), new Uint8Array(16)];
  const plaintext = new Uint8Array(randomBytes(size));
  const [ciphertext, opened] = [new Uint8Array(size), new Uint8Array(size)];
  const counter = new DataView(nonce.buffer);
  let count = 0;
  return () => {
    counter.setUint32(4, count++, true);
    key.seal(nonce, none, plaintext, ciphertext, tag);
    if (!key.open(nonce, none, ciphertext, tag, opened)) throw new Error("The tag does not hold.");
  };
}

/** The AEAD alone over the session. */
export const besideOwnAead = async (settings, size) => ({
  pairs: await rates(settings, aeadTraffic(size), sessionTraffic(size)),
});

function nodeTraffic(size) {
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

/** Beside `node:crypto`, a cipher for each message. */
export const besideNode = async (settings, size) => ({
  pairs: await rates(settings, sessionTraffic(size), nodeTraffic(size)),
});
