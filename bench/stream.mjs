// Bytes through a real connection to another process, in writes of 64 KiB: a stream of a session beside TLS.
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { connect } from "node:tls";
import { Identity, SessionManager } from "../dist/index.js";
import { tcp } from "../dist/transports/tcp.js";
import { inRounds } from "./measure.mjs";
import { checkSuite, clientOptions } from "./tls.mjs";

const chunk = randomBytes(65_536);
const mebibyte = 1_048_576;

/** MiB a second: `write` a chunk till the time is over, `end`, and wait till the far end has said that it has all. */
async function throughput(time, write, end) {
  const begin = performance.now();
  let bytes = 0;
  for (; performance.now() - begin < time; bytes += chunk.length) await write();
  const taken = await end();
  if (taken !== bytes) throw new Error(`Of ${bytes} bytes ${taken} have arrived.`);
  return (bytes / mebibyte) * (1000 / (performance.now() - begin));
}

async function overSession(session, time) {
  const stream = await session.openStream("bench");
  const writer = stream.writable.getWriter();
  const result = await throughput(
    time,
    async () => {
      await writer.ready;
      writer.write(chunk).catch(() => undefined);
    },
    async () => {
      await writer.close();
      let answer = "";
      for await (const bytes of stream.readable) answer += Buffer.from(bytes).toString();
      return Number(answer);
    },
  );
  await stream.closed;
  return result;
}

async function overTls(port, time) {
  const socket = connect({ ...clientOptions, port, host: "127.0.0.1", allowHalfOpen: true });
  await once(socket, "secureConnect");
  checkSuite(socket);
  return throughput(
    time,
    async () => {
      if (!socket.write(chunk)) await once(socket, "drain");
    },
    async () => {
      socket.end();
      let answer = "";
      for await (const bytes of socket) answer += bytes.toString();
      return Number(answer);
    },
  );
}

export async function besideTls({ rounds, time }) {
  const server = fork(fileURLToPath(new URL("stream-server.mjs", import.meta.url)));
  const [{ address, id, tlsPort }] = await once(server, "message");
  const manager = new SessionManager({ identity: Identity.generate(), floor: "classic", prefer: "classic" });
  try {
    const session = await manager.connect(tcp(address), { peer: id });
    return {
      pairs: await inRounds(rounds, [() => overSession(session, time), () => overTls(tlsPort, time)]),
    };
  } finally {
    await manager.close();
    server.kill();
  }
}
