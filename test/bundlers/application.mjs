// An application of the package, as a bundler finds it: a message there, a stream back. Its report is on standard output, and in a page's globals.
import { Identity, SessionManager } from "bowline";
import { defaultProvider } from "bowline/hazmat";
import { memoryConnector, memoryListener } from "bowline/transports/memory";
import { webSocket } from "bowline/transports/websocket";

async function talk() {
  const [anna, ben] = [Identity.generate(), Identity.generate()];
  const server = new SessionManager({ identity: ben });
  const client = new SessionManager({ identity: anna });
  const listener = memoryListener();
  const acceptor = await server.accept(listener, { allow: [anna.id] });
  const session = await client.connect(memoryConnector(listener), { peer: ben.id });
  const other = await acceptor.next();

  await session.send("a message");
  const { readable, writable } = other.openStream({ label: "back" });
  const writer = writable.getWriter();
  await writer.write((await other.receive()).bytes);
  await writer.close();
  await readable.cancel();
  const stream = await session.acceptStream();
  const text = await new Response(stream.readable).text();
  await Promise.all([client.close(), server.close()]);
  if (text !== "a message") throw new Error(`Something else came back: ${text}`);
  if (!webSocket("ws://127.0.0.1:9/").remote.startsWith("ws://127.0.0.1:9")) throw new Error("No WebSocket.");
}

const report = talk().then(
  () => ({ passed: 1, failures: [], provider: defaultProvider.name }),
  error => ({ passed: 0, failures: [{ name: "the application", message: String(error?.stack) }] }),
);
globalThis.portableReport = report;
report.then(result => console.log(JSON.stringify(result)));
