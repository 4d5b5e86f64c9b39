// Rates of sessions and handshakes on whatever runs this: a runtime that prints them, or a page. `runtime-rates.mjs MILLISECONDS`.
import { defaultProvider } from "../dist/hazmat.js";
import { handshake, makeEnds, now } from "./ends.mjs";
import { rate } from "./measure.mjs";

const rounds = 3;

/** Over `time` milliseconds in each round, after one round that does not count. */
export function measureRates(time) {
  const ends = makeEnds();
  const [a, b] = handshake(ends);
  const plaintext = new Uint8Array(64);
  const acts = {
    "session-64": () => b.decrypt(a.encrypt(plaintext, now), now),
    handshake: () => handshake(ends),
  };
  const rates = {};
  for (const [name, act] of Object.entries(acts)) {
    rate(act, time);
    rates[name] = Array.from({ length: rounds }, () => rate(act, time));
  }
  return { rates, provider: defaultProvider.name };
}

function version() {
  const { Bun, Deno, process } = globalThis;
  return Bun?.version ?? Deno?.version.deno ?? process?.versions.node;
}

const time = Number(globalThis.process?.argv?.[2]);
if (time > 0) console.log(JSON.stringify({ ...measureRates(time), version: version() }));
