// What a handshake costs, both ends together, till both are active.
import { handshake, makeEnds } from "./ends.mjs";
import { asyncRate, inRounds, rate, rates } from "./measure.mjs";

function handshakes(suite) {
  const ends = makeEnds({ suite });
  return () => handshake(ends);
}

export async function besideNoiseHandshake(settings) {
  const { noiseHandshakePair } = await import("./peers.mjs");
  return { pairs: await rates(settings, handshakes("classic"), noiseHandshakePair) };
}

export async function besideLibp2p({ rounds, time }) {
  const { shakeHands } = await import("./libp2p.mjs");
  const ours = handshakes("classic");
  return { pairs: await inRounds(rounds, [() => rate(ours, time), () => asyncRate(shakeHands, time)]) };
}

const microseconds = perSecond => 1_000_000 / perSecond;

/** The time of a hybrid handshake beside that of a classic one. */
export async function hybridBesideClassic({ rounds, time }) {
  const acts = [handshakes("hybrid"), handshakes("classic")];
  return {
    pairs: await inRounds(
      rounds,
      acts.map(act => () => microseconds(rate(act, time))),
    ),
  };
}
