import { anyone, Identity, Secret, SessionManager } from "../../src/index.js";
import { LmdbStore } from "../../src/stores/lmdb-store.js";
import { tcpListener } from "../../src/transports/tcp.js";

/** A process that accepts sessions and keeps what they are resumed from on the disk. Its last moment is a kill -9. */
const [path, key] = process.argv.slice(2) as [string, string];
const identity = Identity.fromSecretKey(Secret.take(Uint8Array.from(Buffer.from(key, "hex"))));
const store = await LmdbStore.open({ path });
const manager = new SessionManager({ identity, store, onError: error => console.error(error) });
const acceptor = await manager.accept(tcpListener({ port: 0 }), { allow: anyone });
process.stdout.write(`${acceptor.address}\n`);
for await (const session of acceptor) {
  session.respond("echo", request => request.text());
}
