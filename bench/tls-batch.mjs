// Many small messages at once, each arriving as itself: our batches beside TLS, which has to be told the boundaries.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { duplexPair } from "node:stream";
import { connect, createSecureContext, TLSSocket } from "node:tls";
import { handshake, makeEnds, now } from "./ends.mjs";
import { inRounds, rate } from "./measure.mjs";
import { checkSuite, clientOptions, serverOptions } from "./tls.mjs";

/** Bytes of messages in a batch. */
const batchLength = 65_536;
/** Batches that are under way in TLS at a time. */
const underWay = 4;

/** Takes bytes apart into messages, each behind its length in four bytes, and counts them. */
class Messages {
  count = 0;
  bytes = 0;
  #rest = Buffer.alloc(0);

  take(chunk) {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let offset = 0;
    while (bytes.length - offset >= 4) {
      const end = offset + 4 + bytes.readUInt32LE(offset);
      if (end > bytes.length) break;
      const message = bytes.subarray(offset + 4, end);
      this.count++;
      this.bytes += message.length;
      offset = end;
    }
    this.#rest = bytes.subarray(offset);
  }
}

function framed(messages) {
  const batch = Buffer.allocUnsafe(messages.reduce((sum, { length }) => sum + 4 + length, 0));
  let offset = 0;
  for (const message of messages) {
    batch.writeUInt32LE(message.length, offset);
    batch.set(message, offset + 4);
    offset += 4 + message.length;
  }
  return batch;
}

async function tlsInMemory() {
  const [near, far] = duplexPair();
  const server = new TLSSocket(far, {
    isServer: true,
    secureContext: createSecureContext(await serverOptions()),
  });
  const client = connect({ ...clientOptions, socket: near });
  await Promise.all([once(client, "secureConnect"), once(server, "secure")]);
  checkSuite(client);
  return [client, server];
}

/** Messages a second from one end of TLS to the other, over about `time` milliseconds. */
function tlsRate([client, server], messages, time) {
  return new Promise((resolve, reject) => {
    const taken = new Messages();
    let [wanted, writing] = [0, underWay];
    const begin = performance.now();
    const take = chunk => {
      taken.take(chunk);
      finish();
    };
    const finish = () => {
      if (writing > 0 || taken.count < wanted) return;
      server.off("data", take);
      const elapsed = performance.now() - begin;
      if (taken.bytes === wanted * messages[0].length) resolve((wanted * 1000) / elapsed);
      else reject(new Error("TLS has lost messages."));
    };
    const next = () => {
      if (performance.now() - begin < time) {
        wanted += messages.length;
        client.write(framed(messages), next);
      } else {
        writing--;
        finish();
      }
    };
    server.on("data", take);
    for (let i = 0; i < underWay; i++) next();
  });
}

export async function besideTls({ rounds, time }, size) {
  const messages = Array.from({ length: batchLength / size }, () => new Uint8Array(randomBytes(size)));
  const [a, b] = handshake(makeEnds());
  const act = () => {
    const opened = b.decryptBatch(a.encryptBatch(messages, now), now);
    if (opened.length !== messages.length) throw new Error("The batch has lost messages.");
  };
  const sockets = await tlsInMemory();
  const pairs = await inRounds(rounds, [
    () => rate(act, time) * messages.length,
    () => tlsRate(sockets, messages, time),
  ]);
  for (const socket of sockets) socket.destroy();
  return { pairs };
}
