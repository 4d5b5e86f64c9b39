// The process that holds the crowd: an echo server with the manager's default settings.
import { anyone, Identity, SessionManager } from "bowline";
import { tcpListener } from "bowline/transports/tcp";

const identity = Identity.generate();
/** Messages taken, and sessions that ended although their peer did nothing wrong. */
const counts = { messages: 0, ended: 0 };
let manager;
let refusedBefore = 0;

function memory() {
  globalThis.gc();
  const { heapUsed: heap, external, rss } = process.memoryUsage();
  return { heap, external, rss };
}

async function echo(session) {
  try {
    for await (const message of session) {
      counts.messages++;
      await session.send(message.bytes);
    }
  } catch {
    // It has ended: whoever waits for an answer misses it.
  }
}

const answers = {
  async listen({ suite }) {
    manager = new SessionManager({ identity, floor: suite, prefer: suite });
    manager.on("ended", ({ session }) => {
      if (session !== undefined) counts.ended++;
    });
    const acceptor = await manager.accept(tcpListener({ host: "127.0.0.1", port: 0 }), { allow: anyone });
    void (async () => {
      for await (const session of acceptor) void echo(session);
    })();
    return { address: acceptor.address, id: identity.id, ...memory() };
  },
  measure: () => ({ sessions: manager.metrics().sessions, ...memory() }),
  count() {
    const { refusedConnections } = manager.metrics();
    const result = { ...counts, refused: refusedConnections - refusedBefore };
    counts.messages = 0;
    refusedBefore = refusedConnections;
    return result;
  },
};

process.on("message", async question => process.send(await answers[question.do](question)));
process.on("disconnect", () => process.exit());
