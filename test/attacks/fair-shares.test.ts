import { describe, expect, it } from "vitest";
import { FairConnection } from "../../src/manager/fair-connection.js";
import { anyone } from "../../src/manager/index.js";
import { Turns } from "../../src/manager/turns.js";
import type { Connection } from "../../src/ports/index.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { memoryListener, memoryPair } from "../../src/transports/memory.js";
import { BareEnd, duo } from "../manager/support.js";

/** A clock that stands still, in an event loop that goes on. */
class YieldingClock extends FakeClock {
  yield(step: () => void): void {
    setImmediate(step);
  }
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
const inbox = { messages: 50_000, bytes: 256 * 1_048_576 };
const trio = async () => {
  const clock = new YieldingClock();
  const both = await duo({ a: { clock }, b: { clock, inbox } });
  return { ...both, clock, flooding: await both.join(), quiet: await both.join() };
};

describe("a session that floods", () => {
  it("fault 9 with 10,000 frames at once is served a share each turn, and keeps no other session waiting", async () => {
    const { flooding, quiet } = await trio();
    let flooded = 0;
    flooding.bob.on("message-received", () => flooded++);
    for (let i = 0; i < 10_000; i++) void flooding.alice.send("x", { until: "queued" });
    await turn();
    for (let i = 0; i < 5; i++) {
      void quiet.alice.send("hello", { until: "queued" });
      expect((await quiet.bob.receive())?.text()).toBe("hello");
      await turn();
    }
    expect(flooded).toBeGreaterThan(0);
    expect(flooded).toBeLessThan(2000);
    for (let i = 0; i < 10_000; i++) expect((await flooding.bob.receive())?.text()).toBe("x");
  });

  it("fault 9 with large frames, too, is served by their bytes", async () => {
    const { flooding, quiet } = await trio();
    let flooded = 0;
    flooding.bob.on("message-received", () => flooded++);
    const large = new Uint8Array(1_048_576);
    for (let i = 0; i < 32; i++) void flooding.alice.send(large, { until: "queued" });
    await turn();
    void quiet.alice.send("hello", { until: "queued" });
    expect((await quiet.bob.receive())?.text()).toBe("hello");
    expect(flooded).toBeLessThan(8);
    for (let i = 0; i < 32; i++) expect((await flooding.bob.receive())?.bytes).toHaveLength(large.length);
  });

  // Among these is the one where the frame that fills the inbox is the one that uses up the share.
  it.each([13, 14, 15, 16])(
    "fault 9 stays paused at %i messages that nobody fetches, whatever turns pass",
    async messages => {
      const clock = new YieldingClock();
      const { join } = await duo({ a: { clock }, b: { clock, inbox: { messages, bytes: 1_048_576 } } });
      const { alice, bob } = await join();
      let received = 0;
      bob.on("message-received", () => received++);
      for (let i = 0; i < 200; i++) void alice.send("x", { until: "queued" });
      for (let i = 0; i < 50; i++) await turn();
      expect(received).toBe(messages);
      for (let i = 0; i < 200; i++) expect((await bob.receive())?.text()).toBe("x");
    },
  );

  it("X39 fault 9 of handshakes begins two in a turn: sessions that there are do not wait for all of them", async () => {
    const { b, quiet } = await trio();
    const flooded = memoryListener();
    await b.manager.accept(flooded, { allow: anyone });
    let failed = 0;
    b.manager.on("ended", () => void failed++);
    const ends = [];
    for (let i = 0; i < 100; i++) {
      const end = await BareEnd.to(flooded);
      end.connection.write(Uint8Array.of(0xff));
      ends.push(end);
    }
    expect(b.manager.metrics().handshakes).toBeGreaterThan(90);
    for (let i = 0; i < 4; i++) {
      await turn();
      void quiet.alice.send("hello", { until: "queued" });
      expect((await quiet.bob.receive())?.text()).toBe("hello");
    }
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThan(20);
    for (let i = 0; i < 60; i++) await turn();
    expect(failed).toBe(100);
    expect(ends.every(end => end.ended)).toBe(true);
    expect(b.manager.metrics().handshakes).toBe(0);
  });
});

describe("an application that sends without end", () => {
  it("fault 9 to a peer that takes it as fast: it is asked to wait for its next turn, and the others have theirs", async () => {
    const turns = Turns.on(new YieldingClock())!;
    /** A path that takes everything at once. */
    const path = {
      delivery: "ordered",
      remote: "a fast peer",
      written: 0,
      start: () => undefined,
      write(): boolean {
        this.written++;
        return true;
      },
      pause: () => undefined,
      resume: () => undefined,
      setMaxFrameLength: () => undefined,
      close: () => undefined,
      destroy: () => undefined,
    } as const satisfies Connection & { written: number };
    const connection = new FairConnection(path, turns);
    let drains = 0;
    const fill = (): void => {
      drains++;
      while (path.written < 10_000 && connection.write(Uint8Array.of(1)));
    };
    connection.start({ frame: () => undefined, drain: fill, end: () => undefined });
    fill();
    expect(path.written).toBe(16);
    await turn();
    await turn();
    expect(drains).toBeGreaterThan(1);
    expect(path.written).toBe(16 * drains);
    expect(connection.write(new Uint8Array(131_072))).toBe(false);
  });

  it("fault 9 is told of one drain where the path and its share both asked to wait", async () => {
    const [near, far] = memoryPair({ highWaterMark: 1 });
    const connection = new FairConnection(near, Turns.on(new YieldingClock())!);
    let drains = 0;
    connection.start({ frame: () => undefined, drain: () => drains++, end: () => undefined });
    for (let i = 0; i < 100; i++) expect(connection.write(Uint8Array.of(i))).toBe(false);
    for (let i = 0; i < 4; i++) await turn();
    expect(drains).toBe(0);
    new BareEnd(far);
    for (let i = 0; i < 4; i++) await turn();
    expect(drains).toBe(1);
    expect(connection.write(Uint8Array.of(1))).toBe(false);
  });
});
