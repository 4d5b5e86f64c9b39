// node listen.mjs KEY PORT PEER: waits at 127.0.0.1:PORT for the peer of that id, and answers what it says.
import { SessionManager } from "bowline";
import { loadIdentity } from "bowline/identity-file";
import { tcpListener } from "bowline/transports/tcp";

const [keyFile, port, peer] = process.argv.slice(2);
if (peer === undefined) {
  console.error("usage: node listen.mjs KEY PORT PEER");
  process.exit(2);
}

async function listen() {
  const identity = await loadIdentity(keyFile);
  const manager = new SessionManager({ identity });
  const acceptor = await manager.accept(tcpListener({ port: Number(port) }), { allow: [peer] });
  console.log(`listening at ${acceptor.address} as ${identity.id}`);
  return acceptor;
}

async function answer(session) {
  console.log(`session with ${session.peer}, ${session.suite}`);
  try {
    for await (const message of session) {
      console.log(`heard: ${message.text()}`);
      await session.send(`you said: ${message.text()}`);
    }
    console.log("the peer has closed the session");
  } catch (error) {
    // Cut off, or refused: this session is over, the next one is not.
    console.log(`${error.code}: ${error.message}`);
  }
}

try {
  for await (const session of await listen()) await answer(session);
} catch (error) {
  console.error(`${error.code ?? "failed"}: ${error.message}`);
  process.exit(1);
}
