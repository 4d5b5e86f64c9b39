import { Identity, SessionManager } from "bowline";
import { tcp, tcpListener } from "bowline/transports/tcp";

const [anna, ben] = [Identity.generate(), Identity.generate()];
const server = new SessionManager({ identity: ben });
const client = new SessionManager({ identity: anna });
const acceptor = await server.accept(tcpListener(), { allow: [anna.id] });
const session = await client.connect(tcp(acceptor.address), { peer: ben.id });
const other = await acceptor.next();

await session.send("Hello, Ben.");
console.log((await other?.receive())?.text());
await other?.send("Hello, Anna.");
console.log((await session.receive())?.text());
await Promise.all([client.close(), server.close()]);
