// What a message costs in a session: beside peers, and beside the AEAD alone.
import { randomBytes } from "node:crypto";
import { byNode, ours as aeadAlone } from "./aead-traffic.mjs";
import { handshake, makeEnds, now } from "./ends.mjs";
import { inRounds, rate, rates } from "./measure.mjs";
import { median } from "./summary.mjs";

/** Encrypts a message of `size` bytes at one end of a session and decrypts it at the other, in buffers that are used again. */
export function sessionTraffic(size) {
  const [a, b] = handshake(makeEnds());
  const plaintext = randomBytes(size);
  const [record, opened] = [new Uint8Array(28 + size), new Uint8Array(size)];
  return () => {
    a.encryptInto(plaintext, record, now);
    b.decryptInto(record, opened, now);
  };
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

/** The AEAD alone over the session. */
export const besideOwnAead = async (settings, size) => ({
  pairs: await rates(settings, aeadAlone(size), sessionTraffic(size)),
});

/** Beside `node:crypto`, a cipher for each message. */
export const besideNode = async (settings, size) => ({
  pairs: await rates(settings, sessionTraffic(size), byNode(size)),
});
