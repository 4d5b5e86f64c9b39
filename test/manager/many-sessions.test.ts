import { describe, expect, it } from "vitest";
import { anyone, type Session } from "../../src/manager/index.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { memoryConnector, memoryListener } from "../../src/transports/memory.js";
import { BareEnd, duo, settle } from "./support.js";

/** A clock that stands still, in an event loop that goes on. */
class YieldingClock extends FakeClock {
  yield(step: () => void): void {
    setImmediate(step);
  }
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
const [honestCount, hostileCount] = [450, 50];

/** Answers each message with itself, as an application does that knows nothing of the peers. */
async function echo(session: Session): Promise<void> {
  try {
    for await (const message of session) await session.send(message.bytes);
  } catch {
    // Whoever waits for the answer misses it.
  }
}

describe("many sessions in one process", () => {
  it("X39 fault 9 each gets its own messages, in order, whatever a tenth of them does", async () => {
    const clock = new YieldingClock();
    const classic = { floor: "classic", prefer: "classic", clock } as const;
    const handshakeRate = { total: { burst: 10_000, perSecond: 1 } };
    const { a, b, connector, acceptor } = await duo({
      a: classic,
      b: { ...classic, handshakeRate, inbox: { messages: 16, bytes: 65_536 } },
    });
    void (async () => {
      for await (const session of acceptor) void echo(session);
    })();
    const sessions: Session[] = [];
    while (sessions.length < honestCount + hostileCount) {
      const some = Array.from({ length: 50 }, () => a.manager.connect(connector, { peer: b.identity.id }));
      sessions.push(...(await Promise.all(some)));
    }
    expect(b.manager.metrics()).toMatchObject({ sessions: 500, handshakes: 0, refusedConnections: 0 });
    expect(new Set(b.manager.sessions().map(({ id }) => id)).size).toBe(500);
    const hostile = sessions.splice(0, hostileCount);

    let attacking = true;
    const attacks = hostile.map(async (session, i) => {
      // One half floods and takes its echo, the other fills the path and reads nothing.
      if (i % 2 === 0)
        void (async () => {
          while ((await session.receive()) !== undefined);
        })().catch(() => undefined); // It is cut with what it has left in the queues.
      const message = new Uint8Array(i % 2 === 0 ? 16 : 4096).fill(i);
      for (let sent = 0; attacking && sent < 5000; sent++) {
        await session.send(message, { until: "queued" });
        if (sent % 50 === 49) await turn();
      }
    });
    const garbage = memoryListener();
    await b.manager.accept(garbage, { allow: anyone });
    const strangers = (async () => {
      for (let i = 0; attacking && i < 300; i++) {
        const connection = await memoryConnector(garbage).connect(new AbortController().signal);
        new BareEnd(connection).connection.write(new Uint8Array(64).fill(i));
        await turn();
      }
    })();

    const talk = async (session: Session, number: number): Promise<void> => {
      for (let i = 0; i < 3; i++) {
        const text = `${number}:${i}`;
        await session.send(text);
        expect((await session.receive())?.text()).toBe(text);
        await turn();
      }
    };
    await Promise.all(sessions.map(talk));
    attacking = false;
    await Promise.all([...attacks, strangers]);
    await settle();
    expect(sessions.every(session => session.state.name === "active")).toBe(true);
    const { sessions: live, handshakes } = b.manager.metrics();
    expect(live).toBeGreaterThanOrEqual(honestCount);
    expect(handshakes).toBe(0);
  }, 120_000);
});
