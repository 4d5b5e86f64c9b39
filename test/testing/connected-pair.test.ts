import { describe, expect, it } from "vitest";
import { connectedPair, FakeClock, faultyConnection } from "../../src/testing/index.js";

describe("connectedPair", () => {
  it("makes two sessions that talk to each other", async () => {
    const pair = await connectedPair();
    await pair.initiator.send("to and");
    await pair.responder.send("fro");
    expect((await pair.responder.receive())?.text()).toBe("to and");
    expect((await pair.initiator.receive())?.text()).toBe("fro");
    expect(pair.initiator.id).toBe(pair.responder.id);
    expect(pair.initiator.suite).toBe("IKhfs");
    await pair.close();
    expect(pair.initiator.state.name).toBe("ended");
  });

  it("takes options for both ends or one, and for the path", async () => {
    const clock = new FakeClock();
    const pair = await connectedPair({
      manager: { clock, floor: "classic", prefer: "classic" },
      responder: { limits: { sentMessages: 3 } },
      pinned: false,
      path: { delivery: "datagram" },
    });
    expect(pair.initiator.suite).toBe("XX");
    const status = pair.initiator.checkHealth();
    expect(status.status === "healthy" && status.remaining.receivedMessages).toBe(3);
    clock.advance(3_600_000);
    expect(pair.initiator.checkHealth().status).toBe("expired");
    const closed = pair.close();
    clock.advance(10_000);
    await closed;
  });

  it("leaves nothing open where the handshake fails", async () => {
    const wrap = (connection: Parameters<typeof faultyConnection>[0]) =>
      faultyConnection(connection, { seed: 1, cut: 1 });
    await expect(connectedPair({ wrap })).rejects.toMatchObject({ code: "handshake-failed" });
  });
});
