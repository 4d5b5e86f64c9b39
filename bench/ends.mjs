// Two session machines that speak to each other without a path between them.
import { defaultKeyPolicy, defaultLimits } from "../dist/index.js";
import { defaultProvider, SessionMachine } from "../dist/hazmat.js";

/** The time that does not pass. */
export const now = { wall: 1, monotonic: 1 };

/** Makes ends by role, under one pair of identities. */
export function makeEnds({ provider = defaultProvider, suite = "classic", ...options } = {}) {
  const identities = {
    initiator: provider.dh.generateKeyPair(provider.random),
    responder: provider.dh.generateKeyPair(provider.random),
  };
  const shared = {
    provider,
    random: provider.random,
    floor: suite,
    prefer: suite,
    delivery: "ordered",
    handshakeTimeout: 20_000,
    grace: 5_000,
    limits: defaultLimits,
    keyPolicy: defaultKeyPolicy,
    autoRenew: true,
    ...options,
  };
  return (role, changes, at = now) =>
    new SessionMachine({ ...shared, role, identity: identities[role], ...changes }, at);
}

/** Carries frames between two ends until both are quiet; `onFrame` sees each, and who gets it. */
function settle(a, b, onFrame) {
  for (let quiet = false; !quiet;) {
    quiet = true;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ]) {
      for (const output of from.takeOutputs()) {
        if (output.kind === "frame") {
          onFrame?.(output.frame, to);
          to.receive(output.frame, now);
        }
        if (output.kind === "authorize") from.authorize(true, now);
        quiet = false;
      }
    }
  }
  if (a.state.name !== "active" || b.state.name !== "active") throw new Error("The handshake has failed.");
}

/** A whole handshake between ends of `end`, till both are active. */
export function handshake(end) {
  const ends = [end("initiator"), end("responder")];
  settle(...ends);
  return ends;
}

/** The frames of one handshake that go to the responder, copied. */
export function framesToResponder(end) {
  const [initiator, responder] = [end("initiator"), end("responder")];
  const frames = [];
  settle(initiator, responder, (frame, to) => {
    if (to === responder) frames.push(frame.slice());
  });
  return frames;
}

/**
 * A maker of responders that are all established by one recorded handshake: each does the work of its own, with the same random bytes, so that
 * the initiator has to be there only once.
 */
export function recordedResponders(options = {}) {
  const end = makeEnds(options);
  const { random } = options.provider ?? defaultProvider;
  const drawn = [];
  const recording = length => {
    const bytes = random(length);
    drawn.push(bytes.slice());
    return bytes;
  };
  const frames = framesToResponder((role, changes) =>
    end(role, { ...changes, ...(role === "responder" && { random: recording }) }),
  );
  const replay = () => {
    let next = 0;
    return () => drawn[next++].slice();
  };
  return { frames, make: (changes, at) => end("responder", { random: replay(), ...changes }, at) };
}
