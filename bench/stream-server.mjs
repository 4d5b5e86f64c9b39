// The process at the far end of `stream-tls-64k`: reads all that comes, and answers how much it was.
import { once } from "node:events";
import { createServer } from "node:tls";
import { anyone, Identity, SessionManager } from "../dist/index.js";
import { tcpListener } from "../dist/transports/tcp.js";
import { serverOptions } from "./tls.mjs";

async function answer(stream) {
  let taken = 0;
  for await (const bytes of stream.readable) taken += bytes.length;
  const writer = stream.writable.getWriter();
  await writer.write(Buffer.from(String(taken)));
  await writer.close();
}

const identity = Identity.generate();
const manager = new SessionManager({ identity, floor: "classic", prefer: "classic" });
const acceptor = await manager.accept(tcpListener({ host: "127.0.0.1", port: 0 }), { allow: anyone });
void (async () => {
  for await (const session of acceptor)
    void (async () => {
      for await (const stream of session.incomingStreams()) await answer(stream);
    })().catch(() => undefined);
})();

const server = createServer({ ...(await serverOptions()), allowHalfOpen: true }, socket => {
  let taken = 0;
  socket.on("data", bytes => (taken += bytes.length));
  socket.on("end", () => socket.end(String(taken)));
  socket.on("error", () => socket.destroy());
});
server.listen({ host: "127.0.0.1", port: 0 });
await once(server, "listening");

process.on("disconnect", () => process.exit());
process.send({ address: acceptor.address, id: identity.id, tlsPort: server.address().port });
