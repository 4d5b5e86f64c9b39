// A worker of the page: takes a port, and sends back what comes over its session.
import { anyone, Identity, SessionManager } from "bowline";

const identity = Identity.generate();
const manager = new SessionManager({ identity });

globalThis.addEventListener("message", ({ data: port }) => {
  const attaching = manager.attach(port, { allow: anyone });
  globalThis.postMessage(identity.id);
  void attaching.then(async session => {
    void (async () => {
      for await (const message of session) await session.send(message.bytes);
    })();
    for await (const stream of session.incomingStreams()) void stream.readable.pipeTo(stream.writable);
  });
});
