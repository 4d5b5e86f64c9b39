// node dial.mjs KEY ADDRESS PEER TEXT...: says each text to the peer of that id, and prints what it answers.
import { SessionManager } from "bowline";
import { loadIdentity } from "bowline/identity-file";
import { tcp } from "bowline/transports/tcp";

const [keyFile, address, peer, ...texts] = process.argv.slice(2);
if (texts.length === 0) {
  console.error("usage: node dial.mjs KEY ADDRESS PEER TEXT...");
  process.exit(2);
}

let manager;
try {
  manager = new SessionManager({ identity: await loadIdentity(keyFile) });
  const session = await manager.connect(tcp(address), { peer });
  for (const text of texts) {
    await session.send(text);
    const answer = await session.receive();
    if (answer === undefined) throw new Error("The peer has closed the session without an answer.");
    console.log(answer.text());
  }
} catch (error) {
  console.error(`${error.code ?? "failed"}: ${error.message}`);
  process.exitCode = 1;
} finally {
  await manager?.close();
}
