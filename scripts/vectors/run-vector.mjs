import { Conversation, equal, refuses } from "./conversation.mjs";
import { isBeforeRevision32, nameOf, readVector } from "./noise-vector.mjs";

/** Runs one vector: `{ name, outcome: "passed" | "failed" | "skipped", why }`. Never throws. */
export function runVector(raw, library) {
  const name = nameOf(raw);
  try {
    if (isBeforeRevision32(raw)) return { name, outcome: "skipped", why: "older than revision 32" };
    converse(readVector(raw), library);
    return { name, outcome: "passed", why: "" };
  } catch (error) {
    return { name, outcome: "failed", why: error instanceof Error ? error.message : String(error) };
  }
}

function converse(vector, library) {
  const conversation = new Conversation(library, vector);
  vector.messages.forEach((message, i) => {
    if (vector.expectsFailure && i === vector.messages.length - 1) {
      if (!refuses(() => conversation.receive(message.ciphertext)))
        throw new Error("the last message was to be refused");
      return;
    }
    const sent = conversation.send(message.payload);
    if (!equal(sent, message.ciphertext)) throw new Error(`message ${i}: the ciphertext differs`);
    const received = conversation.receive(sent);
    if (received !== undefined && !equal(received, message.payload))
      throw new Error(`message ${i}: the payload differs`);
  });
  if (!vector.expectsFailure) checkHandshakeHash(conversation, vector);
  conversation.dispose();
}

function checkHandshakeHash(conversation, vector) {
  if (!conversation.isFinished) throw new Error("the messages end before the handshake does");
  const { handshakeHash } = conversation;
  if (vector.handshakeHash !== undefined && !equal(handshakeHash, vector.handshakeHash)) {
    throw new Error("the handshake hash differs");
  }
}
