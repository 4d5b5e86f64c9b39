import { describe, expect, it } from "vitest";
import { anyone, Identity, type ByteStream } from "../../src/manager/index.js";
import type { Connection } from "../../src/ports/index.js";
import { connectedPair, faultyConnection } from "../../src/testing/index.js";
import { memoryListener } from "../../src/transports/memory.js";
import { endpoint, HandPeer } from "./support.js";
import { afterwards, digest, readAll, someBytes, streamPair, tcpPair, writeAll } from "./stream-support.js";

async function memoryPair(options: Parameters<typeof connectedPair>[0] = {}) {
  const pair = await connectedPair(options);
  afterwards(() => pair.close());
  return { alice: pair.initiator, bob: pair.responder };
}

const kinds = { "over TCP": tcpPair, "in memory": memoryPair };

describe.each(Object.entries(kinds))("streams %s", (_, pair) => {
  it("carry bytes both ways, each direction ended by itself", async () => {
    const { alice, bob } = await pair();
    const [near, far] = await streamPair(alice, bob, "echo");
    expect(far).toMatchObject({ id: near.id, label: "echo" });
    const echo = far.readable.pipeTo(far.writable);
    const bytes = someBytes(3_000_000);
    const [, back] = await Promise.all([writeAll(near.writable, bytes), readAll(near.readable), echo]);
    expect(digest(back)).toBe(digest(bytes));
    await Promise.all([near.closed, far.closed]);
  });

  it("are many at a time, beside messages, opened from both ends", async () => {
    const { alice, bob } = await pair();
    const bytes = Array.from({ length: 20 }, (_, i) => someBytes(100_000 + i, i));
    const serve = async (session: typeof alice): Promise<void> => {
      for (let i = 0; i < 10; i++) {
        const stream = (await session.acceptStream())!;
        void stream.readable.pipeTo(stream.writable);
      }
    };
    const run = async (session: typeof alice, part: Uint8Array): Promise<void> => {
      const stream = session.openStream();
      const [, back] = await Promise.all([writeAll(stream.writable, part), readAll(stream.readable)]);
      expect(digest(back)).toBe(digest(part));
    };
    const messages = (async () => {
      for (let i = 0; i < 50; i++) {
        await alice.send(`message ${i}`);
        expect((await bob.receive())?.text()).toBe(`message ${i}`);
      }
    })();
    const runs = bytes.map((part, i) => run(i % 2 === 0 ? alice : bob, part));
    await Promise.all([serve(alice), serve(bob), messages, ...runs]);
  });

  it("stop the writer while nobody reads: the window and the writer's mark, and no more", async () => {
    const { alice, bob } = await pair();
    const [near, far] = await streamPair(alice, bob);
    const writer = near.writable.getWriter();
    let written = 0;
    const writing = (async () => {
      while (written < 2_000_000) {
        await writer.ready;
        void writer.write(new Uint8Array(10_000));
        written += 10_000;
      }
      await writer.close();
    })();
    await bob.ping();
    await alice.ping();
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(written).toBeLessThanOrEqual(262_144 + 65_536 + 20_000);
    expect(writer.desiredSize).toBeLessThanOrEqual(0);
    expect(await readAll(far.readable)).toHaveLength(2_000_000);
    await writing;
  });

  it("that one end resets end at the other with the code, in both directions", async () => {
    const { alice, bob } = await pair();
    const [near, far] = await streamPair(alice, bob);
    const reading = far.readable.getReader().read();
    near.reset(300);
    await expect(reading).rejects.toMatchObject({ code: "stream-reset" });
    await expect(far.writable.getWriter().write(Uint8Array.of(1))).rejects.toMatchObject({
      code: "stream-reset",
    });
    await expect(near.readable.getReader().read()).rejects.toMatchObject({ code: "stream-reset" });
    await Promise.all([near.closed, far.closed]);
    expect([far.resetCode, near.resetCode]).toEqual([300, undefined]);
    expect(() => near.reset(7)).toThrow(expect.objectContaining({ code: "invalid-argument" }) as Error);
  });

  it("that are cancelled stop the writer alone; those that are aborted end whole", async () => {
    const { alice, bob } = await pair();
    const [near, far] = await streamPair(alice, bob);
    await far.readable.cancel(256);
    const writer = near.writable.getWriter();
    await expect(writer.closed).rejects.toMatchObject({ code: "stream-reset" });
    expect(near.resetCode).toBe(256);
    await writeAll(far.writable, Uint8Array.of(1, 2));
    expect(await readAll(near.readable)).toEqual(Uint8Array.of(1, 2));
    await Promise.all([near.closed, far.closed]);

    const [second, peers] = await streamPair(alice, bob);
    await second.writable.abort("enough");
    await expect(readAll(peers.readable)).rejects.toMatchObject({ code: "stream-reset" });
    expect(peers.resetCode).toBe(0);
  });

  it("are given up by the signal that they were opened with", async () => {
    const { alice, bob } = await pair();
    const controller = new AbortController();
    const near = alice.openStream({ signal: controller.signal });
    const far = (await bob.acceptStream())!;
    controller.abort();
    await expect(readAll(far.readable)).rejects.toMatchObject({ code: "stream-reset" });
    expect(() => alice.openStream({ signal: controller.signal })).toThrow(
      expect.objectContaining({ code: "aborted" }) as Error,
    );
    await near.closed;
  });

  it("are all out before the session closes, and read after it", async () => {
    const { alice, bob } = await pair();
    const bytes = someBytes(200_000);
    const writer = alice.openStream().writable.getWriter();
    const writes = [0, 1, 2, 3].map(i => writer.write(bytes.subarray(i * 50_000, (i + 1) * 50_000)));
    const ending = writer.close();
    await alice.close();
    await Promise.all([...writes, ending]);
    const far = (await bob.acceptStream())!;
    expect(digest(await readAll(far.readable))).toBe(digest(bytes));
    expect(await bob.acceptStream()).toBeUndefined();
    await expect(far.writable.getWriter().write(Uint8Array.of(1))).rejects.toMatchObject({
      code: "session-closed",
    });
    expect(() => bob.openStream()).toThrow(expect.objectContaining({ code: "session-closed" }) as Error);
  });

  it("keep nobody from closing the session by what is written to them in vain", async () => {
    const { alice, bob } = await pair();
    const [near, far] = await streamPair(alice, bob);
    await near.readable.cancel();
    const stopped = far.writable.getWriter();
    await expect(stopped.closed).rejects.toMatchObject({ code: "stream-reset" });
    await expect(stopped.write(new Uint8Array(100))).rejects.toMatchObject({ code: "stream-reset" });
    const before = performance.now();
    await Promise.all([alice.close(), bob.close()]);
    expect(performance.now() - before).toBeLessThan(4_000);
  });

  it("take bytes alone: anything else gives them up", async () => {
    const { alice, bob } = await pair();
    const [near, far] = await streamPair(alice, bob);
    const writing = near.writable.getWriter().write("text" as unknown as Uint8Array);
    await expect(writing).rejects.toMatchObject({ code: "invalid-argument" });
    await expect(readAll(far.readable)).rejects.toMatchObject({ code: "stream-reset" });
    expect(() => alice.openStream({ label: "x".repeat(256) })).toThrow(
      expect.objectContaining({ code: "invalid-argument" }) as Error,
    );
  });

  it("that are not over when the session is closed say so, behind what has come", async () => {
    const { alice, bob } = await pair();
    const [near, far] = await streamPair(alice, bob);
    await near.writable.getWriter().write(Uint8Array.of(1, 2, 3));
    await alice.close();
    const reader = far.readable.getReader();
    expect((await reader.read()).value).toEqual(Uint8Array.of(1, 2, 3));
    await expect(reader.read()).rejects.toMatchObject({ code: "session-closed" });
    await Promise.all([near.closed, far.closed]);
  });

  it("that nobody has taken are dropped when the opener gives them up", async () => {
    const { alice, bob } = await pair();
    alice.openStream({ label: "given up" }).reset();
    alice.openStream({ label: "next" });
    await alice.ping();
    expect((await bob.acceptStream())?.label).toBe("next");
    const controller = new AbortController();
    const waiting = bob.acceptStream({ signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "aborted" });
    alice.openStream({ label: "for the loop" });
    for await (const stream of bob.incomingStreams()) {
      expect(stream.label).toBe("for the loop");
      break;
    }
  });
});

describe("streams and their session", () => {
  it("X39 a peer has no more streams open than maxStreams", async () => {
    const { alice, bob } = await tcpPair({ b: { maxStreams: 3 } });
    const streams = Array.from({ length: 4 }, () => alice.openStream());
    await expect(readAll(streams[3]!.readable)).rejects.toMatchObject({ code: "stream-refused" });
    for (let i = 0; i < 3; i++) await bob.acceptStream();
    streams[0]!.reset();
    await alice.ping();
    alice.openStream({ label: "room again" });
    expect((await bob.acceptStream())?.label).toBe("room again");
  });

  it("are refused where order is not kept", async () => {
    const { alice } = await memoryPair({ path: { delivery: "datagram" } });
    expect(() => alice.openStream()).toThrow(
      expect.objectContaining({ code: "delivery-unordered" }) as Error,
    );
  });

  it("wait, all of them, while the path is blocked, and go on at once when it is not", async () => {
    let far: Connection | undefined;
    const { alice, bob } = await memoryPair({
      wrap: (connection, end) => (end === "responder" ? (far = connection) : connection),
    });
    const streams = await Promise.all([streamPair(alice, bob), streamPair(alice, bob)]);
    far!.pause();
    const before = alice.metrics().sent.records;
    const writing = streams.map(([near]) => writeAll(near.writable, someBytes(150_000)));
    await new Promise(resolve => setTimeout(resolve, 20));
    // 64 KiB on their way is what a path in memory takes.
    expect(alice.metrics().sent.records - before).toBeLessThanOrEqual(3n);
    far!.resume();
    const read = await Promise.all(streams.map(([, stream]) => readAll(stream.readable)));
    expect(read.map(digest)).toEqual([digest(someBytes(150_000)), digest(someBytes(150_000))]);
    await Promise.all(writing);
  });

  it("X40 end the session with stream-malformed when the peer breaks their rules", async () => {
    const listener = memoryListener();
    const { identity, manager } = endpoint();
    const acceptor = await manager.accept(listener, { allow: anyone });
    const far = await listener.connect(new AbortController().signal);
    const peer = new HandPeer(far, Identity.generate().keyPair, {
      role: "initiator",
      peer: identity.keyPair.publicKey,
    });
    const session = (await acceptor.next())!;
    const say = (...frame: number[]): void => {
      peer.machine.sendStream(Uint8Array.from(frame), { wall: 0, monotonic: 0 });
      peer.flush();
    };
    say(1, 1, 0, 0, 0, 0);
    say(2, 1, 0, 0, 0, 7);
    const stream = (await session.acceptStream())!;
    say(3, 9, 0, 0, 0);
    expect(await session.ended).toMatchObject({ kind: "failed", error: { code: "stream-malformed" } });
    const reader = stream.readable.getReader();
    expect((await reader.read()).value).toEqual(Uint8Array.of(7));
    await expect(reader.read()).rejects.toMatchObject({ code: "stream-malformed" });
    expect(session.metrics().refused["stream-malformed"]).toBe(1);
  });

  it.each([1, 2, 3, 4])("fail as the session does when the path is cut under them (seed %i)", async seed => {
    const { alice, bob } = await memoryPair({
      wrap: (connection, end) =>
        end === "initiator" ? faultyConnection(connection, { seed, cut: 0.02 }) : connection,
    });
    const [near, far] = await streamPair(alice, bob);
    const bytes = someBytes(8_000_000);
    const writing = writeAll(near.writable, bytes);
    writing.catch(() => undefined);
    const read: Uint8Array[] = [];
    const reading = (async () => {
      for await (const part of far.readable) read.push(part);
    })();
    await expect(reading).rejects.toMatchObject({ code: "session-truncated" });
    await expect(writing).rejects.toMatchObject({ code: expect.stringMatching(/^session-/) as string });
    const whole = Buffer.concat(read);
    expect(digest(whole)).toBe(digest(bytes.subarray(0, whole.length)));
    await Promise.all([near.closed, far.closed]);
  });

  it("R16 R18 no faults of an ordered path change a byte: the streams end with the session's error", async () => {
    for (const fault of ["drop", "repeat", "reorder", "corrupt"] as const) {
      const faulty: { active: boolean }[] = [];
      const { alice, bob } = await memoryPair({
        wrap: (connection, end) => {
          if (end !== "initiator") return connection;
          const wrapped = faultyConnection(connection, { seed: 7, [fault]: 0.05 });
          wrapped.active = false;
          faulty.push(wrapped);
          return wrapped;
        },
      });
      const [near, far] = await streamPair(alice, bob);
      faulty[0]!.active = true;
      const bytes = someBytes(6_000_000);
      const writing = writeAll(near.writable, bytes).catch(() => undefined);
      const read: Uint8Array[] = [];
      const reading = (async () => {
        for await (const part of far.readable) read.push(part);
      })();
      await expect(reading, fault).rejects.toMatchObject({ name: "SessionError" });
      const whole = Buffer.concat(read);
      expect(digest(whole)).toBe(digest(bytes.subarray(0, whole.length)));
      await writing;
    }
  });

  it("survive five renewals, rotations and generations under way", async () => {
    const { alice, bob } = await tcpPair();
    const [near, far] = await streamPair(alice, bob);
    const bytes = someBytes(12_000_000);
    const ids = new Set([alice.id]);
    let read = 0;
    let moves = 0;
    const renewals: Promise<void>[] = [];
    const reading = (async () => {
      const parts: Uint8Array[] = [];
      for await (const part of far.readable) {
        parts.push(part);
        read += part.length;
        if (read < (moves + 1) * 1_000_000 || moves === 10) continue;
        moves++;
        const session = moves % 2 === 0 ? alice : bob;
        if (moves % 2 === 0) {
          renewals.push(
            new Promise(resolve => {
              const off = session.on("renewed", () => {
                off();
                ids.add(session.id);
                resolve();
              });
            }),
          );
          session.renew();
        } else {
          alice.rotateKeys();
          session.advanceEpoch();
        }
      }
      return parts;
    })();
    await writeAll(near.writable, bytes);
    expect(digest(Buffer.concat(await reading))).toBe(digest(bytes));
    await Promise.all(renewals);
    expect(ids.size).toBe(6);
    expect(alice.metrics().sent.rotations).toBeGreaterThanOrEqual(1);
  });

  it("wait for a renewal that the limits ask for, and go on under it", async () => {
    const limits = { sentBytes: { warn: 1_000_000, max: 2_000_000 } };
    const { alice, bob } = await tcpPair({ a: { limits } });
    let renewals = 0;
    alice.on("renewed", () => renewals++);
    const [near, far] = await streamPair(alice, bob);
    const bytes = someBytes(10_000_000);
    const [, read] = await Promise.all([writeAll(near.writable, bytes), readAll(far.readable)]);
    expect(digest(read)).toBe(digest(bytes));
    expect(renewals).toBeGreaterThanOrEqual(5);
  });

  it("end with the session's error at the hard edge of a limit", async () => {
    const limits = { sentBytes: { warn: 500_000, max: 1_000_000 } };
    const { alice, bob } = await tcpPair({ a: { limits, autoRenew: false }, b: { autoRenew: false } });
    const [near, far] = await streamPair(alice, bob);
    const idle: ByteStream = alice.openStream();
    const writing = writeAll(near.writable, someBytes(3_000_000));
    const reading = readAll(far.readable);
    await expect(writing).rejects.toMatchObject({ code: "session-expired" });
    await expect(reading).rejects.toMatchObject({ name: "SessionError" });
    await expect(readAll(idle.readable)).rejects.toMatchObject({ code: "session-expired" });
    expect(() => alice.openStream()).toThrow(expect.objectContaining({ code: "session-expired" }) as Error);
    expect((await bob.ended).kind).toMatch(/expired|closed/);
  });
});
