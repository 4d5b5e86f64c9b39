// The project's own vectors, made from words alone, so that anybody makes the same ones.
import { createHash } from "node:crypto";
import { Conversation } from "./conversation.mjs";
import { readVector } from "./noise-vector.mjs";
import { recipes } from "./recipes.mjs";

/** All vectors of vectors/noise.json, made with `library`. */
export function makeVectors(library) {
  return { vectors: recipes.map(recipe => makeVector(library, recipe)) };
}

const toHex = bytes => Buffer.from(bytes).toString("hex");

/** `length` bytes that depend on the words alone. */
function derive(length, ...words) {
  const blocks = [0, 1].map(i =>
    createHash("sha256")
      .update([...words, i].join("/"))
      .digest(),
  );
  return new Uint8Array(Buffer.concat(blocks).subarray(0, length));
}

/** One vector: the keys that the protocol needs, and what both parties then say. */
function makeVector(library, { protocolName, fallbackPattern }) {
  const { algorithms, noise } = library;
  const attempt = noise.parseProtocolName(protocolName, algorithms);
  const fallbackName = fallbackPattern && protocolName.replace("_IK_", `_${fallbackPattern}_`);
  const last = fallbackName ? noise.parseProtocolName(fallbackName, algorithms) : attempt;
  const secret = label => derive(attempt.dh.length, protocolName, fallbackPattern ?? "", label);
  const publicKeyOf = label => attempt.dh.importKeyPair(secret(label)).publicKey;
  const tokens = last.pattern.messages.flat();
  const psks = tokens
    .filter(token => token === "psk")
    .map((_, i) => toHex(derive(32, protocolName, "psk", i)));
  const { name } = attempt.pattern;
  const isOneWay = name.length === 1;
  // Where a static key comes from: N not at all, K known beforehand, X and I sent.
  const [init, resp] = isOneWay ? [name, "K"] : name.replaceAll("1", "");
  const letters = { init, resp };

  const side = (party, other, kem) => ({
    [`${party}_prologue`]: toHex(derive(8, "prologue")),
    ...(psks.length > 0 && { [`${party}_psks`]: psks }),
    ...(letters[party] !== "N" && { [`${party}_static`]: toHex(secret(party)) }),
    ...(!(isOneWay && party === "resp") && { [`${party}_ephemeral`]: toHex(secret(`${party}-ephemeral`)) }),
    // In a fallback the initiator knows a static key that is no longer the responder's.
    ...(letters[other] === "K" && {
      [`${party}_remote_static`]: toHex(publicKeyOf(fallbackPattern ? `old-${other}` : other)),
    }),
    ...kem,
  });
  const hfs = attempt.kem !== undefined;
  const raw = {
    protocol_name: protocolName,
    ...(fallbackPattern && { fallback: true, fallback_pattern: fallbackPattern }),
    ...side("init", "resp", hfs && { init_kem_seed: toHex(derive(64, protocolName, "kem-seed")) }),
    ...side(
      "resp",
      "init",
      hfs && { resp_kem_randomness: toHex(derive(32, protocolName, "kem-randomness")) },
    ),
  };
  const count = last.pattern.messages.length + (fallbackPattern ? 1 : 0) + 2;
  const payloads = Array.from({ length: count }, (_, i) =>
    derive((7 * i + protocolName.length) % 24, protocolName, "payload", i),
  );
  return { ...raw, ...converse(library, raw, payloads) };
}

function converse(library, raw, payloads) {
  const conversation = new Conversation(
    library,
    readVector({ ...raw, messages: payloads.map(payload => ({ payload: toHex(payload), ciphertext: "" })) }),
  );
  const messages = payloads.map(payload => {
    const ciphertext = conversation.send(payload);
    conversation.receive(ciphertext);
    return { payload: toHex(payload), ciphertext: toHex(ciphertext) };
  });
  return { handshake_hash: toHex(conversation.handshakeHash), messages };
}
