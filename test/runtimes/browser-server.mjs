// The Node side of the browser's tests: serves the page, sends back what comes over sessions, and ties two WebSockets together.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { WebSocketServer } from "ws";

const page = `<!doctype html><meta charset="utf-8"><script type="module" src="/page.mjs"></script>`;

/** Ties the two WebSockets of a room together, as they are: bowline is at both ends. */
function relay() {
  const server = new WebSocketServer({ noServer: true });
  const rooms = new Map();
  const tie = (from, to) => {
    from.on("message", (data, binary) => to.send(data, { binary }));
    from.on("close", code => to.close(code === 1005 || code === 1006 ? 1001 : code));
    from.on("error", () => to.terminate());
  };
  return (request, socket, head) => {
    server.handleUpgrade(request, socket, head, near => {
      const far = rooms.get(request.url);
      if (far === undefined) {
        near.pause();
        rooms.set(request.url, near);
        return;
      }
      rooms.delete(request.url);
      tie(near, far);
      tie(far, near);
      far.resume();
    });
  };
}

/** `installed`: the folder of the package. `files`: what is served besides the page, by name. */
export async function serveBrowser(installed, files) {
  const load = path => import(pathToFileURL(join(installed, "dist", path)).href);
  const { anyone, Identity, SessionManager } = await load("index.js");
  const { upgradeHandler } = await load("transports/websocket-server.js");
  const identity = Identity.generate();
  const manager = new SessionManager({ identity });
  let flooded = 0;

  const server = createServer((request, response) => {
    const name = request.url.slice(1);
    const texts = { peer: identity.id, flooded: String(flooded), "": page };
    if (name in files) response.writeHead(200, { "content-type": "text/javascript" });
    else response.writeHead(name in texts ? 200 : 404, { "content-type": "text/html" });
    response.end(name in files ? readFileSync(files[name]) : texts[name]);
  });
  const echo = async session => {
    for await (const message of session) await session.send(message.bytes);
  };
  const echoStreams = async session => {
    for await (const stream of session.incomingStreams()) {
      stream.readable.pipeTo(stream.writable).catch(() => undefined);
    }
  };
  const flood = async session => {
    for (flooded = 0; flooded < 1024; flooded++) await session.send(new Uint8Array(65_536));
  };
  const ignore = () => undefined;
  const handler = (path, onSession) => upgradeHandler(manager, { allow: anyone, path, onSession });
  server.on(
    "upgrade",
    handler("/bowline", session => {
      echo(session).catch(ignore);
      echoStreams(session).catch(ignore);
    }),
  );
  server.on(
    "upgrade",
    handler("/flood", session => void flood(session).catch(ignore)),
  );
  const tie = relay();
  server.on("upgrade", (request, socket, head) => {
    if (request.url.startsWith("/relay/")) tie(request, socket, head);
  });
  server.listen({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}/`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await manager.close();
    },
  };
}
