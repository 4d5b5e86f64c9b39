// The examples of what comes after a handshake: limits, a generation, a renewal.
import {
  associatedData,
  empty,
  End,
  establishedIk,
  generationEphemerals,
  keyLines,
  later,
  limitsOf,
  noiseResult,
  publicKeyOf,
  renewalEphemerals,
  resumptionEphemerals,
  resumptionNonce,
  sameBytes,
  utf8,
} from "./ends.mjs";

/** What each end asks for, and what holds for both. */
export function limitLines({ encodeLimits, stricterLimits, ...library }) {
  const { initiator, responder } = limitsOf(library);
  return {
    limits: {
      "initiator asks": encodeLimits(initiator),
      "responder asks": encodeLimits(responder),
      "holds, as the initiator counts": encodeLimits(stricterLimits(initiator, responder)),
      "holds, as the responder counts": encodeLimits(stricterLimits(responder, initiator)),
    },
  };
}

/** The plaintext of a sealed frame, opened with a chain secret at rotation 0. */
function opened({ provider }, frame, chain, associatedData) {
  const key = provider.hkdf(provider.hash, chain, empty, utf8("bowline/frame-key/v1"), 32);
  const record = frame.subarray(2);
  const [nonce, tag, ciphertext] = [record.subarray(0, 12), record.subarray(12, 28), record.subarray(28)];
  const plaintext = new Uint8Array(ciphertext.length);
  if (!provider.aead.key(key).open(nonce, associatedData, ciphertext, tag, plaintext)) {
    throw new Error("A frame of an exchange does not open.");
  }
  return plaintext;
}

/** The IK session right after its confirmation: the initiator proposes a generation, and then the responder a renewal. */
export function lifecycle(library) {
  const session = establishedIk(library, {
    initiator: [generationEphemerals.initiator, renewalEphemerals.initiator],
    responder: [generationEphemerals.responder, renewalEphemerals.responder],
  });
  session.initiator.now = session.responder.now = later;
  const generation = generationExample(library, session);
  return { generation: generation.lines, renewal: renewalExample(library, session, generation) };
}

/** Lets `proposer` begin an exchange: the proposal, its answer, the first record under the new keys and the peer's first. */
function exchanged(proposer, other, step) {
  step(proposer.machine);
  const [proposal] = proposer.frames();
  const [answer] = other.receive([proposal]);
  const [confirm] = proposer.receive([answer]);
  const [epoch] = other.receive([confirm]);
  if (proposer.receive([epoch]).length > 0) throw new Error("The exchange is not over.");
  return { proposal, answer, confirm, epoch };
}

function generationExample(library, { initiator, responder, keys }) {
  const { provider, keySchedule, concat } = library;
  const frames = exchanged(initiator, responder, machine => machine.advanceEpoch(later));
  const { id, secrets } = keys;
  const data = associatedData(library, id, 0x12, 0n);
  const [proposal, answer] = [
    opened(library, frames.proposal, secrets.initiatorChain.expose(), data),
    opened(library, frames.answer, secrets.responderChain.expose(), data),
  ].map(plaintext => plaintext.subarray(1));
  const e = provider.dh.importKeyPair(generationEphemerals.initiator);
  const shared = provider.dh.sharedSecret(
    e,
    provider.dh.importKeyPair(generationEphemerals.responder).publicKey,
  );
  const hash = provider.hash.hash(concat(proposal, answer));
  const root = keySchedule.nextGenerationRoot(provider, secrets.nextRoot, shared, hash, id, 1);
  const rootBytes = Uint8Array.from(root.expose());
  const next = keySchedule.splitRoot(provider, root, id, 1);
  const confirmData = associatedData(library, id, 0x12, 2n);
  opened(library, frames.confirm, next.initiatorChain.expose(), confirmData);
  return {
    secrets: next,
    lines: {
      "initiator ephemeral secret key": generationEphemerals.initiator,
      "responder ephemeral secret key": generationEphemerals.responder,
      "proposal frame": frames.proposal,
      proposal,
      "answer frame": frames.answer,
      answer,
      "DH output": shared.expose(),
      "hash of both": hash,
      "root 1": rootBytes,
      "initiator chain 0": next.initiatorChain.expose(),
      "responder chain 0": next.responderChain.expose(),
      "next root": next.nextRoot.expose(),
      "confirm associated data": confirmData,
      "initiator confirm frame": frames.confirm,
      "responder epoch frame": frames.epoch,
    },
  };
}

function renewalExample(library, { initiator, responder, keys }, generation) {
  const { provider, keySchedule, suites, concat, encodeLimits } = library;
  const frames = exchanged(responder, initiator, machine => machine.renew(later));
  const { id } = keys;
  const data = associatedData(library, id, 0x12, 2n);
  const [proposal, message2] = [
    opened(library, frames.proposal, generation.secrets.responderChain.expose(), data),
    opened(library, frames.answer, generation.secrets.initiatorChain.expose(), data),
  ].map(plaintext => plaintext.subarray(1));
  const header = proposal.subarray(0, 153);
  const message1 = proposal.subarray(153);
  const terms = concat(encodeLimits(limitsOf(library).initiator), header.subarray(145));
  const psk = keySchedule.renewalKey(provider, keys.secrets.exporter);
  const prologue = concat(utf8("bowline/renewal/v1"), header);
  const result = noiseResult(
    library,
    library.renewalProtocol(suites.IK, provider),
    prologue,
    [message1, message2],
    [empty, terms],
    ["responder", "initiator"].map((role, i, roles) => ({
      role,
      draws: [renewalEphemerals[role]],
      rs: publicKeyOf(library, roles[1 - i]),
      psks: [psk],
    })),
  );
  const renewed = keyLines(library, result);
  if (!sameBytes(renewed.id, initiator.machine.id)) throw new Error("The session ids differ.");
  const { initiatorChain, responderChain, exporter } = renewed.secrets;
  const confirmData = associatedData(library, renewed.id, 0x12, 4n, 1);
  opened(library, frames.confirm, initiatorChain.expose(), confirmData);
  return {
    "proposer's ephemeral secret key": renewalEphemerals.responder,
    "other end's ephemeral secret key": renewalEphemerals.initiator,
    "renewal key": psk.expose(),
    header,
    prologue,
    "message 1": message1,
    "proposal frame": frames.proposal,
    "payload of message 2": terms,
    "message 2": message2,
    "answer frame": frames.answer,
    "handshake hash": result.handshakeHash,
    "chaining key": result.chainingKey.expose(),
    "new session id": renewed.id,
    "chain/initiator 0": initiatorChain.expose(),
    "chain/responder 0": responderChain.expose(),
    "exporter secret": exporter.expose(),
    "confirm associated data": confirmData,
    "proposer's confirm frame": frames.confirm,
    "other end's epoch frame": frames.epoch,
  };
}

/** The IK session after its confirmation and one message: its path is cut, and the initiator resumes it. */
export function resumptionExample(library) {
  const { provider, concat, resumptionName, resumptionKey, encodeResumptionTerms } = library;
  const old = establishedIk(library);
  old.initiator.machine.send(utf8("hello"), later);
  old.responder.receive(old.initiator.frames());
  const [state, kept] = [old.initiator, old.responder].map(end => end.machine.resumptionState(later));
  const common = { floor: "classic", delivery: "ordered" };
  const draws = {
    initiator: [resumptionNonce, resumptionEphemerals.initiator],
    responder: [resumptionEphemerals.responder],
  };
  const peer = publicKeyOf(library, "responder");
  const resume = { state, fallback: false };
  const initiator = new End(library, "initiator", draws.initiator, { ...common, peer, resume });
  const responder = new End(library, "responder", draws.responder, common);
  initiator.now = responder.now = later;
  responder.kept = kept;
  const [frame1] = initiator.frames();
  const [frame2] = responder.receive([frame1]);
  const [confirm] = initiator.receive([frame2]);
  const [epoch] = responder.receive([confirm]);
  if (initiator.receive([epoch]).length > 0) throw new Error("The resumption is not over.");

  const head = frame1.subarray(2, 53);
  const [message1, message2] = [frame1.subarray(53), frame2.subarray(2)];
  const prologue = concat(utf8("bowline/resumption/v1"), Uint8Array.of(5), head);
  const [secret] = state.secrets;
  const psk = resumptionKey(provider, secret, resumptionNonce, state.lineage);
  const limits = limitsOf(library);
  const payloads = [
    { limits: limits.initiator, ...progress(state) },
    { limits: limits.responder, ...progress(kept) },
  ].map(encodeResumptionTerms);
  const protocol = library.renewalProtocol(library.suites.IK, provider);
  const psks = [psk];
  const result = noiseResult(library, protocol, prologue, [message1, message2], payloads, [
    { role: "initiator", draws: [resumptionEphemerals.initiator], rs: peer, psks },
    { role: "responder", draws: draws.responder, rs: publicKeyOf(library, "initiator"), psks },
  ]);
  const keys = keyLines(library, result);
  if (!sameBytes(keys.id, initiator.machine.id)) throw new Error("The session ids differ.");
  return {
    resumption: {
      "initiator ephemeral secret key": resumptionEphemerals.initiator,
      "responder ephemeral secret key": resumptionEphemerals.responder,
      name: resumptionName(provider, secret),
      nonce: resumptionNonce,
      "pre-shared key": psk.expose(),
      prologue,
      "payload of message 1": payloads[0],
      "resume frame": frame1,
      "payload of message 2": payloads[1],
      "answer frame": frame2,
      "handshake hash": keys.lines["handshake hash"],
      "chaining key": keys.lines["chaining key"],
      "new session id": keys.id,
      "initiator chain 0": keys.lines["initiator chain 0"],
      "responder chain 0": keys.lines["responder chain 0"],
      "resumption secret": keys.lines["resumption secret"],
      "initiator confirm frame": confirm,
      "responder epoch frame": epoch,
    },
  };
}

function progress({ lineageLeft, totals }) {
  return { lineageLeft, sessions: 1, received: totals.received.messages };
}
