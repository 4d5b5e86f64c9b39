import { describe, expect, expectTypeOf, it } from "vitest";
import type { Connection } from "../../src/ports/index.js";
import { connectedPair, faultyConnection, FakeClock } from "../../src/testing/index.js";
import { afterwards, tcpPair } from "./stream-support.js";
import { pass, settle } from "./support.js";

async function heldPair(options: Parameters<typeof connectedPair>[0] = {}) {
  let far: Connection | undefined;
  const pair = await connectedPair({
    ...options,
    wrap: (connection, end) => (end === "responder" ? (far = connection) : connection),
  });
  afterwards(() => pair.close());
  return { alice: pair.initiator, bob: pair.responder, far: far! };
}

/** Whether the promise has settled after a while. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.then(
    () => (done = true),
    () => (done = true),
  );
  await settle();
  return done;
}

describe("what the promise of send means", () => {
  it("is in its type", async () => {
    const { alice } = await tcpPair();
    expectTypeOf(await alice.send("a"))
      .toHaveProperty("stage")
      .toEqualTypeOf<"written">();
    expectTypeOf(await alice.send("a"))
      .toHaveProperty("roundTrip")
      .toEqualTypeOf<undefined>();
    const sent = await alice.send("a", { until: "acknowledged" });
    expectTypeOf(sent.roundTrip).toEqualTypeOf<number>();
    expect(sent).toMatchObject({ stage: "acknowledged", roundTrip: expect.any(Number) as number });
    expect(await alice.send("a", { until: "queued" })).toEqual({ stage: "queued" });
  });

  it("queued: the connection has it; written: it takes more; acknowledged: the peer has opened it", async () => {
    const { alice, bob, far } = await heldPair();
    far.pause();
    const big = new Uint8Array(100_000);
    const stages = (["queued", "written", "acknowledged"] as const).map(until => alice.send(big, { until }));
    expect(await settled(stages[0]!)).toBe(true);
    expect(await settled(stages[1]!)).toBe(false);
    expect(await settled(stages[2]!)).toBe(false);
    far.resume();
    await Promise.all(stages);
    for (let i = 0; i < 3; i++) expect((await bob.receive())?.bytes).toHaveLength(100_000);
  });

  it("acknowledged is not promised over datagrams, nor after the end", async () => {
    const { alice, bob, far } = await heldPair();
    const datagrams = await heldPair({ path: { delivery: "datagram" } });
    await expect(datagrams.alice.send("a", { until: "acknowledged" })).rejects.toMatchObject({
      code: "delivery-unordered",
    });
    far.pause();
    const waiting = alice.send("a", { until: "acknowledged" });
    const controller = new AbortController();
    const aborted = alice.send("b", { until: "acknowledged", signal: controller.signal });
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: "aborted" });
    far.destroy();
    await expect(waiting).rejects.toMatchObject({ code: "session-truncated" });
    await expect(bob.ping()).rejects.toMatchObject({ name: "SessionError" });
  });
});

describe("pings", () => {
  it("go out one at a time; who asks meanwhile shares the next", async () => {
    const { alice, far } = await heldPair();
    await alice.ping();
    far.pause();
    const before = alice.metrics().sent.records;
    const asked = Array.from({ length: 50 }, () => alice.ping());
    await settle();
    expect(alice.metrics().sent.records - before).toBe(1n);
    far.resume();
    const trips = await Promise.all(asked);
    expect(alice.metrics().sent.records - before).toBe(2n);
    expect(trips.every(trip => trip >= 0)).toBe(true);
    await expect(alice.ping({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" });
  });

  it("tell the round trip in milliseconds of the clock", async () => {
    const clock = new FakeClock();
    const pair = await connectedPair({ manager: { clock } });
    afterwards(async () => {
      const closing = pair.close();
      await pass(clock, 16_000);
      await closing;
    });
    const asked = pair.initiator.ping();
    clock.advance(250);
    expect(await asked).toBe(250);
  });

  it("are sent again where datagrams are lost", async () => {
    const clock = new FakeClock();
    const lossy: { active: boolean }[] = [];
    const pair = await connectedPair({
      manager: { clock },
      path: { delivery: "datagram" },
      wrap: connection => {
        const wrapped = faultyConnection(connection, { seed: 3, drop: 0.5, clock });
        wrapped.active = false;
        lossy.push(wrapped);
        return wrapped;
      },
    });
    afterwards(async () => {
      const closing = pair.close();
      await pass(clock, 16_000);
      await closing;
    });
    for (const path of lossy) path.active = true;
    for (let i = 0; i < 10; i++) {
      const asked = pair.initiator.ping();
      await pass(clock, 30_000);
      expect(await asked).toBeLessThan(30_000);
    }
  });
});
