// The worked examples of docs/PROTOCOL.md, made by the library itself. Everything is fixed: keys, randomness, times.

const bytesFrom = (first, length) => Uint8Array.from({ length }, (_, i) => (first + i) & 0xff);
const utf8 = text => new TextEncoder().encode(text);
const empty = new Uint8Array(0);

const statics = { initiator: bytesFrom(0x00, 32), responder: bytesFrom(0x20, 32) };
const ephemerals = { initiator: bytesFrom(0x40, 32), responder: bytesFrom(0x60, 32) };
/** The ephemeral key of the message that a retry makes void. */
const firstEphemeral = bytesFrom(0xe0, 32);
/** d, then z, which only a ciphertext that is rejected would bring into play. */
const kemSeed = bytesFrom(0x80, 64);
const kemMessage = bytesFrom(0xc0, 32);
const salt = bytesFrom(0xa0, 32);
const now = { wall: 1_767_225_600_000, monotonic: 0 };

const hello = utf8("hello");
const items = [utf8("one"), utf8("three")];
const exportLabel = "example.org/channel-binding";
const exportContext = utf8("context");
const storedRemote = "tcp://127.0.0.1:7000";

/** A random source that gives out `draws`, one for each call. */
function scripted(draws) {
  const left = [...draws];
  return length => {
    const bytes = left.shift();
    if (bytes?.length !== length) throw new Error(`An example draws ${length} bytes; the script has others.`);
    return Uint8Array.from(bytes);
  };
}

/** One end of a session, with the frames that it puts out. */
class End {
  #library;
  machine;

  constructor(library, role, random, options) {
    const { dh } = library.provider;
    this.#library = library;
    this.machine = new library.SessionMachine(
      {
        provider: library.provider,
        random: scripted(random),
        role,
        identity: dh.importKeyPair(statics[role]),
        prefer: options.floor,
        handshakeTimeout: 20_000,
        grace: 5_000,
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
        if (output.kind === "authorize") this.machine.authorize(true, now);
        if (output.kind === "event" && output.event.type === "rejected") throw new Error(output.event.cause);
      }
    }
    return frames;
  }

  receive(frames) {
    for (const frame of frames) this.machine.receive(frame, now);
    return this.frames();
  }
}

/** The final handshake hash and chaining key of Noise messages 1 to 3, by a HandshakeState that writes them anew. */
function noiseResult(library, suiteName, prologue, messages, draws) {
  const { provider, suites, suiteProtocol, HandshakeState } = library;
  const suite = suites[suiteName];
  const state = role =>
    new HandshakeState({
      protocol: suiteProtocol(suite, provider),
      role,
      prologue,
      random: scripted(draws[role]),
      s: provider.dh.importKeyPair(statics[role]),
      ...(role === "initiator" &&
        suite.pattern === "IK" && { rs: provider.dh.importKeyPair(statics.responder).publicKey }),
    });
  const ends = [state("initiator"), state("responder")];
  messages.forEach((message, i) => {
    if (!sameBytes(ends[i % 2].writeMessage(empty), message)) throw new Error(`Message ${i + 1} differs.`);
    ends[(i + 1) % 2].readMessage(message);
  });
  return { handshakeHash: ends[0].handshakeHash, chainingKey: ends[0].exportChainingKey() };
}

function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** The associated data of a sealed frame. `count`: on an ordered path, the records sealed before its epoch. */
function associatedData(library, id, type, count) {
  const data = new library.FrameAssociatedData(id, count === undefined ? "out-of-order" : "in-order");
  data.type = type;
  if (count !== undefined) data.count = count;
  return data.bytes;
}

/** What the key schedule makes of a handshake, as lines of an example. */
function keyLines(library, { handshakeHash, chainingKey }) {
  const { provider, keySchedule } = library;
  const id = keySchedule.sessionId(provider, handshakeHash);
  const root = keySchedule.firstRoot(provider, chainingKey, handshakeHash);
  const rootBytes = Uint8Array.from(root.expose());
  const { initiatorChain, responderChain, exporter } = keySchedule.splitRoot(provider, root, id, 0);
  const expand = (secret, info) => provider.hkdf(provider.hash, secret, empty, utf8(info), 32);
  const chains = { initiator: initiatorChain.expose(), responder: responderChain.expose() };
  const recordKey = chain => expand(chain, "bowline/record-key/v1");
  const nextChain = expand(chains.initiator, "rotation-1");
  return {
    id,
    lines: {
      "handshake hash": handshakeHash,
      "chaining key": chainingKey.expose(),
      "session id": id,
      root: rootBytes,
      "initiator chain 0": chains.initiator,
      "responder chain 0": chains.responder,
      "exporter secret": exporter.expose(),
      "initiator record key 0": recordKey(chains.initiator),
      "responder record key 0": recordKey(chains.responder),
    },
    rotated: { "initiator chain 1": nextChain, "initiator record key 1": recordKey(nextChain) },
  };
}

/** A classic IK session over an ordered path, from its first frame to its last. */
function ikSession(library) {
  const { provider } = library;
  const peer = provider.dh.importKeyPair(statics.responder).publicKey;
  const common = { floor: "classic", delivery: "ordered" };
  const initiator = new End(library, "initiator", [ephemerals.initiator], { ...common, peer });
  const responder = new End(library, "responder", [ephemerals.responder], common);
  const [frame1] = initiator.frames();
  const [frame2] = responder.receive([frame1]);
  const confirms = initiator.receive([frame2]);
  const answers = responder.receive(confirms);
  initiator.receive(answers);
  const offerLength = (frame1[2] << 8) | frame1[3];
  const head = frame1.subarray(2, 4 + offerLength);
  const prologue = library.concat(utf8("bowline/negotiation/v1"), Uint8Array.of(1), head);
  const messages = [frame1.subarray(4 + offerLength), frame2.subarray(2)];
  const draws = { initiator: [ephemerals.initiator], responder: [ephemerals.responder] };
  const keys = keyLines(library, noiseResult(library, "IK", prologue, messages, draws));
  if (!sameBytes(keys.id, initiator.machine.id)) throw new Error("The session ids differ.");

  const act = step => {
    step(initiator.machine);
    const [frame] = initiator.frames();
    responder.receive([frame]);
    return frame;
  };
  const message = act(machine => machine.send(hello, now));
  const bare = initiator.machine.encrypt(hello, now);
  responder.machine.decrypt(bare, now);
  const batch = act(machine => machine.sendBatch(items, now));
  const exported = initiator.machine.exportKey(exportLabel, exportContext, 32);
  initiator.machine.rotateKeys();
  const epoch = act(machine => machine.announceEpoch(now));
  const rotated = act(machine => machine.send(hello, now));
  initiator.machine.close("normal", now);
  const [close] = initiator.frames();
  const [closeAnswer] = responder.receive([close]);
  initiator.receive([closeAnswer]);
  if (initiator.machine.state.name !== "ended") throw new Error("The session has not ended.");

  return {
    "ik-negotiation": { offer: head.subarray(2), prologue },
    "ik-handshake": {
      "frame 1": frame1,
      "message 1": messages[0],
      "frame 2": frame2,
      "message 2": messages[1],
    },
    "ik-keys": keys.lines,
    "ik-records": {
      "initiator confirm frame": confirms[0],
      "responder confirm frame": answers[0],
      "message plaintext": hello,
      "message associated data": associatedData(library, keys.id, 0x10, 0n),
      "message frame": message,
      "bare record": bare,
      "batch plaintext": library.encodeBatch(items),
      "batch frame": batch,
    },
    "ik-rotation": {
      ...keys.rotated,
      "epoch associated data": associatedData(library, keys.id, 0x12, 4n),
      "epoch frame": epoch,
      "message frame": rotated,
    },
    "ik-close": { "initiator close frame": close, "responder close frame": closeAnswer },
    exporter: { label: utf8(exportLabel), context: exportContext, output: exported.expose() },
    stream: { "on the wire": library.encodeFrame(message) },
  };
}

/** An XXhfs session over datagrams, as far as the first records. */
function xxhfsSession(library) {
  const common = { floor: "hybrid", delivery: "datagram" };
  const draws = {
    initiator: [ephemerals.initiator, kemSeed],
    responder: [ephemerals.responder, kemMessage],
  };
  const initiator = new End(library, "initiator", draws.initiator, common);
  const responder = new End(library, "responder", draws.responder, common);
  const [frame1] = initiator.frames();
  const [frame2] = responder.receive([frame1]);
  const [frame3] = initiator.receive([frame2]);
  const confirms = responder.receive([frame3]);
  const answers = initiator.receive(confirms);
  responder.receive(answers);
  const offerLength = (frame1[2] << 8) | frame1[3];
  const head = frame1.subarray(2, 4 + offerLength);
  const prologue = library.concat(utf8("bowline/negotiation/v1"), Uint8Array.of(1), head);
  const messages = [frame1.subarray(4 + offerLength), frame2.subarray(2), frame3.subarray(2)];
  const keys = keyLines(library, noiseResult(library, "XXhfs", prologue, messages, draws));
  if (!sameBytes(keys.id, responder.machine.id)) throw new Error("The session ids differ.");
  initiator.machine.send(hello, now);
  return {
    "xxhfs-negotiation": { offer: head.subarray(2), prologue },
    "xxhfs-handshake": {
      "KEM public key": messages[0].subarray(32),
      "frame 1": frame1,
      "frame 2": frame2,
      "frame 3": frame3,
    },
    "xxhfs-keys": keys.lines,
    "xxhfs-records": {
      "responder confirm frame": confirms[0],
      "initiator confirm frame": answers[0],
      "message associated data": associatedData(library, keys.id, 0x10),
      "message frame": initiator.frames()[0],
    },
  };
}

/** An initiator that would do with XX, and a responder that wants XXhfs. */
function retrySession(library) {
  const initiator = new End(library, "initiator", [firstEphemeral, ephemerals.initiator, kemSeed], {
    floor: "classic",
    delivery: "ordered",
  });
  const responder = new End(library, "responder", [ephemerals.responder, kemMessage], {
    floor: "hybrid",
    delivery: "ordered",
  });
  const [frame1] = initiator.frames();
  const [retry] = responder.receive([frame1]);
  const [frame3] = initiator.receive([retry]);
  const [message2] = responder.receive([frame3]);
  const [message3] = initiator.receive([message2]);
  responder.receive([message3]);
  const offerLength = (frame1[2] << 8) | frame1[3];
  const head = frame3.subarray(2, 4 + offerLength + 32 + 3);
  return {
    retry: {
      "first ephemeral secret key": firstEphemeral,
      "frame 1": frame1,
      "hash of message 1": library.provider.hash.hash(frame1.subarray(4 + offerLength)),
      "retry frame": retry,
      prologue: library.concat(utf8("bowline/negotiation/v1"), Uint8Array.of(3), head),
      "second offer frame": frame3,
      "session id": responder.machine.id,
    },
  };
}

/** What the initiator of the IK example stores of it, and its identity file. */
function atRest(library, id) {
  const { provider, Secret, toHex } = library;
  const identity = library.Identity.fromSecretKey(Secret.copy(statics.initiator), { provider });
  const peer = provider.dh.importKeyPair(statics.responder).publicKey;
  const root = identity.atRestRoot(peer);
  const record = {
    id: toHex(id),
    peer: toHex(peer),
    role: "initiator",
    suite: "IK",
    remote: storedRemote,
    createdAt: now.wall,
    lastActivity: now.wall + 1500,
    status: "closed",
    sentMessages: 5n,
    receivedMessages: 0n,
  };
  const name = `session/${record.peer}/${record.id}`;
  const plaintext = library.encodeSessionRecord(record);
  const sealer = new library.StateSealer(provider, scripted([salt]));
  const sealed = sealer.seal(root, { kind: "session", name, codec: library.sessionRecordCodec }, plaintext);
  const file = library.encodeIdentityFile(Secret.copy(statics.initiator));
  return {
    "at-rest": { root: root.expose(), name: utf8(name), plaintext, salt, sealed },
    "identity-file": { file },
  };
}

/** The keys that all examples share. */
function keyMaterial(library) {
  const { dh } = library.provider;
  const lines = {};
  for (const [kind, secrets] of [
    ["static", statics],
    ["ephemeral", ephemerals],
  ]) {
    for (const role of ["initiator", "responder"]) {
      lines[`${role} ${kind} secret key`] = secrets[role];
      lines[`${role} ${kind} public key`] = dh.importKeyPair(secrets[role]).publicKey;
    }
  }
  return { keys: { ...lines, "KEM seed d": kemSeed.subarray(0, 32), "KEM message": kemMessage } };
}

/** Every example: label, then name of the value, then its bytes. `library` is what `library.mjs` puts together. */
export function makeExamples(library) {
  const ik = ikSession(library);
  return {
    ...keyMaterial(library),
    ...ik,
    ...xxhfsSession(library),
    ...retrySession(library),
    ...atRest(library, ik["ik-keys"]["session id"]),
  };
}
