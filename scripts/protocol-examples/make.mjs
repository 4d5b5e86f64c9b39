// The worked examples of docs/PROTOCOL.md, made by the library itself. Everything is fixed: keys, randomness, times.
import {
  associatedData,
  bytesFrom,
  End,
  ephemerals,
  establishedIk,
  handshakeResult,
  kemMessage,
  kemSeed,
  keyLines,
  now,
  sameBytes,
  scripted,
  statics,
  utf8,
} from "./ends.mjs";
import { lifecycle, limitLines, resumptionExample } from "./lifecycle.mjs";

/** The ephemeral key of the message that a retry makes void. */
const firstEphemeral = bytesFrom(0xe0, 32);
const salt = bytesFrom(0xa0, 32);
const hello = utf8("hello");
const items = [utf8("one"), utf8("three")];
const exportLabel = "example.org/channel-binding";
const exportContext = utf8("context");
const storedRemote = "tcp://127.0.0.1:7000";

/** That session's records, to its last. */
function ikSession(library) {
  const established = establishedIk(library);
  const { initiator, responder, frame1, frame2, confirm, answer, head, prologue, messages, keys } =
    established;
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
  initiator.machine.rotateKeys(now);
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
      "initiator confirm frame": confirm,
      "responder epoch frame": answer,
      "message plaintext": hello,
      "message associated data": associatedData(library, keys.id, 0x10, 0n),
      "message frame": message,
      "bare record": bare,
      "batch plaintext": library.encodeBatch(items),
      "batch frame": batch,
    },
    "ik-rotation": {
      ...keys.rotated,
      "epoch associated data": associatedData(library, keys.id, 0x12, 3n),
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
  const keys = keyLines(library, handshakeResult(library, "XXhfs", prologue, messages, draws));
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
      "initiator epoch frame": answers[0],
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
    ...limitLines(library),
    ...ik,
    ...lifecycle(library),
    ...resumptionExample(library),
    ...xxhfsSession(library),
    ...retrySession(library),
    ...atRest(library, ik["ik-keys"]["session id"]),
  };
}
