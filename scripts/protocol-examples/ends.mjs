// What the examples share: keys and randomness, the two ends of a session, what a handshake leads to.
export const bytesFrom = (first, length) => Uint8Array.from({ length }, (_, i) => (first + i) & 0xff);
export const utf8 = text => new TextEncoder().encode(text);
export const empty = new Uint8Array(0);

export const statics = { initiator: bytesFrom(0x00, 32), responder: bytesFrom(0x20, 32) };
export const ephemerals = { initiator: bytesFrom(0x40, 32), responder: bytesFrom(0x60, 32) };
/** d, then z, which only a ciphertext that is rejected would bring into play. */
export const kemSeed = bytesFrom(0x80, 64);
export const kemMessage = bytesFrom(0xc0, 32);
/** Of the generation that is proposed, and of the renewal. */
export const generationEphemerals = { initiator: bytesFrom(0x10, 32), responder: bytesFrom(0x30, 32) };
export const renewalEphemerals = { initiator: bytesFrom(0x70, 32), responder: bytesFrom(0x50, 32) };
/** Of the resumption. */
export const resumptionNonce = bytesFrom(0xd0, 32);
export const resumptionEphemerals = { initiator: bytesFrom(0x90, 32), responder: bytesFrom(0xb0, 32) };
export const now = { wall: 1_767_225_600_000, monotonic: 0 };
/** When the generation and the renewal are proposed. */
export const later = { wall: now.wall + 60_000, monotonic: 60_000 };
/** The initiator asks for the defaults; the responder for less of some, and for more of one. */
export const limitsOf = library => ({
  initiator: library.defaultLimits,
  responder: library.checkedLimits({
    age: { warn: 1_500_000, max: 1_800_000 },
    sentMessages: { warn: 800_000, max: 1_000_000 },
    lineageAge: { warn: 3_000_000_000, max: 3_600_000_000 },
  }),
});

/** A random source that gives out `draws`, one for each call. */
export function scripted(draws) {
  const left = [...draws];
  return length => {
    const bytes = left.shift();
    if (bytes?.length !== length) throw new Error(`An example draws ${length} bytes; the script has others.`);
    return Uint8Array.from(bytes);
  };
}

/** One end of a session, with the frames that it puts out. */
export class End {
  machine;
  now = now;
  /** What it has kept of a lineage. */
  kept;

  constructor(library, role, random, options) {
    const { dh } = library.provider;
    this.machine = new library.SessionMachine(
      {
        provider: library.provider,
        random: scripted(random),
        role,
        identity: dh.importKeyPair(statics[role]),
        prefer: options.floor,
        handshakeTimeout: 20_000,
        grace: 5_000,
        limits: limitsOf(library)[role],
        keyPolicy: {
          rotation: { records: 2 ** 20, bytes: 2 ** 30, time: 600_000 },
          generation: { rotations: 64, time: 600_000 },
        },
        autoRenew: false,
        ...options,
      },
      now,
    );
  }

  /** The frames that have come of the calls since the last time; a peer that asks is let in. */
  frames() {
    const frames = [];
    for (let outputs = this.machine.takeOutputs(); outputs.length > 0; outputs = this.machine.takeOutputs()) {
      for (const output of outputs) {
        if (output.kind === "frame") frames.push(output.frame);
        if (output.kind === "resumption") this.machine.resumption(this.kept, this.now);
        if (output.kind === "authorize") this.machine.authorize(true, this.now);
        if (output.kind === "event" && output.event.type === "rejected") throw new Error(output.event.cause);
      }
    }
    return frames;
  }

  receive(frames) {
    for (const frame of frames) this.machine.receive(frame, this.now);
    return this.frames();
  }
}

/**
 * The final handshake hash and chaining key of Noise messages, by HandshakeStates that write them anew. `ends`: what each has
 * besides, the initiator first. `payloads`: of each message.
 */
export function noiseResult(library, protocol, prologue, messages, payloads, ends) {
  const states = ends.map(
    ({ role, draws, ...keys }, i) =>
      new library.HandshakeState({
        protocol,
        role: i === 0 ? "initiator" : "responder",
        prologue,
        random: scripted(draws),
        s: library.provider.dh.importKeyPair(statics[role]),
        ...keys,
      }),
  );
  messages.forEach((message, i) => {
    if (!sameBytes(states[i % 2].writeMessage(payloads[i]), message))
      throw new Error(`Message ${i + 1} differs.`);
    states[(i + 1) % 2].readMessage(message);
  });
  return { handshakeHash: states[0].handshakeHash, chainingKey: states[0].exportChainingKey() };
}

/** What the full handshake of `suiteName` leads to. */
export function handshakeResult(library, suiteName, prologue, messages, draws) {
  const suite = library.suites[suiteName];
  const limits = limitsOf(library);
  const [first, second] = [limits.initiator, limits.responder].map(library.encodeLimits);
  const payloads = suite.pattern === "IK" ? [first, second] : [empty, second, first];
  const known = suite.pattern === "IK" ? { rs: publicKeyOf(library, "responder") } : {};
  return noiseResult(library, library.suiteProtocol(suite, library.provider), prologue, messages, payloads, [
    { role: "initiator", draws: draws.initiator, ...known },
    { role: "responder", draws: draws.responder },
  ]);
}

export function publicKeyOf(library, role) {
  return library.provider.dh.importKeyPair(statics[role]).publicKey;
}

export function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** The associated data of a sealed frame. `count`: on an ordered path, the records sealed before its epoch. */
export function associatedData(library, id, type, count, renewals = 0) {
  const ordering = count === undefined ? "out-of-order" : "in-order";
  const data = new library.FrameAssociatedData(id, ordering, renewals);
  data.type = type;
  if (count !== undefined) data.count = count;
  return data.bytes;
}

/** What the key schedule makes of a handshake, as lines of an example. */
export function keyLines(library, { handshakeHash, chainingKey }) {
  const { provider, keySchedule } = library;
  const id = keySchedule.sessionId(provider, handshakeHash);
  const root = keySchedule.firstRoot(provider, chainingKey, handshakeHash);
  const rootBytes = Uint8Array.from(root.expose());
  const secrets = keySchedule.splitRoot(provider, root, id, 0);
  const { initiatorChain, responderChain, resumption, exporter, nextRoot } = secrets;
  const expand = (secret, info) => provider.hkdf(provider.hash, secret, empty, utf8(info), 32);
  const chains = { initiator: initiatorChain.expose(), responder: responderChain.expose() };
  const frameKey = chain => expand(chain, "bowline/frame-key/v1");
  const bareKey = chain => expand(chain, "bowline/bare-key/v1");
  const nextChain = expand(chains.initiator, "rotation-1");
  return {
    id,
    secrets,
    lines: {
      "handshake hash": handshakeHash,
      "chaining key": chainingKey.expose(),
      "session id": id,
      root: rootBytes,
      "initiator chain 0": chains.initiator,
      "responder chain 0": chains.responder,
      "resumption secret": resumption.expose(),
      "exporter secret": exporter.expose(),
      "next root": nextRoot.expose(),
      "initiator frame key 0": frameKey(chains.initiator),
      "responder frame key 0": frameKey(chains.responder),
      "initiator bare key 0": bareKey(chains.initiator),
      "responder bare key 0": bareKey(chains.responder),
    },
    rotated: { "initiator chain 1": nextChain, "initiator frame key 1": frameKey(nextChain) },
  };
}

/** A classic IK session over an ordered path, from its first frame to its confirmation. `more`: what each end draws later. */
export function establishedIk(library, more = { initiator: [], responder: [] }) {
  const peer = publicKeyOf(library, "responder");
  const common = { floor: "classic", delivery: "ordered" };
  const draws = {
    initiator: [ephemerals.initiator, ...more.initiator],
    responder: [ephemerals.responder, ...more.responder],
  };
  const initiator = new End(library, "initiator", draws.initiator, { ...common, peer });
  const responder = new End(library, "responder", draws.responder, common);
  const [frame1] = initiator.frames();
  const [frame2] = responder.receive([frame1]);
  const [confirm] = initiator.receive([frame2]);
  const [answer] = responder.receive([confirm]);
  initiator.receive([answer]);
  const offerLength = (frame1[2] << 8) | frame1[3];
  const head = frame1.subarray(2, 4 + offerLength);
  const prologue = library.concat(utf8("bowline/negotiation/v1"), Uint8Array.of(1), head);
  const messages = [frame1.subarray(4 + offerLength), frame2.subarray(2)];
  const keys = keyLines(library, handshakeResult(library, "IK", prologue, messages, draws));
  if (!sameBytes(keys.id, initiator.machine.id)) throw new Error("The session ids differ.");
  return { initiator, responder, frame1, frame2, confirm, answer, head, prologue, messages, keys };
}
