// node dial.mjs KEY ADDRESS PEER TEXT...: says each text to the peer of that id, and prints what it answers.
import { SessionManager } from "bowline";
import { loadIdentity } from "bowline/identity-file";
import { tcp } from "bowline/transports/tcp";

const [keyFile, address, peer, ...texts] = process.argv.slice(2);
const identity = await loadIdentity(keyFile);
const manager = new SessionManager({ identity });

try {
  const session = await manager.connect(tcp(address), { peer });
  for (const text of texts) {
    await session.send(text);
    const answer = await session.receive();
    console.log(answer.text());
  }
} catch (error) {
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
} finally {
  await manager.close();
}
