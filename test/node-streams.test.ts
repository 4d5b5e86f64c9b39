import { connect, createServer, type Server, type Socket } from "node:net";
import { pipeline, type Readable } from "node:stream";
import { pipeline as whole } from "node:stream/promises";
import { describe, expect, it } from "vitest";
import { toDuplex } from "../src/node-streams.js";
import { afterwards, digest, someBytes, streamPair, tcpPair } from "./manager/stream-support.js";

/** All that comes; unlike a loop over it, this does not destroy the stream at its end. */
function collect(readable: Readable): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  readable.on("data", (part: Buffer) => parts.push(part));
  return new Promise((resolve, reject) => {
    readable.once("end", () => resolve(Uint8Array.from(Buffer.concat(parts))));
    readable.once("error", reject);
  });
}

async function duplexPair() {
  const { alice, bob } = await tcpPair();
  const [near, far] = await streamPair(alice, bob);
  return { alice, bob, near: toDuplex(near), far: toDuplex(far), streams: [near, far] as const };
}

const failed = (stream: { once(name: "error", listener: (error: Error) => void): unknown }): Promise<Error> =>
  new Promise(resolve => stream.once("error", resolve));

describe("a stream as a Duplex", () => {
  it("carries bytes both ways with back-pressure, each direction ended by itself", async () => {
    const { near, far, streams } = await duplexPair();
    const bytes = someBytes(2_000_000);
    const echo = whole(far, far);
    const back = collect(near);
    near.end(bytes);
    expect(digest(await back)).toBe(digest(bytes));
    await Promise.all([echo, streams[0].closed, streams[1].closed]);
    expect([near.destroyed, far.destroyed]).toEqual([true, true]);
  });

  it("asks the writer to wait while nobody reads", async () => {
    const { near, far } = await duplexPair();
    let taken = 0;
    while (near.write(new Uint8Array(16_384)) || taken < 262_144) {
      taken += 16_384;
      await new Promise(resolve => setImmediate(resolve));
      if (taken > 4_000_000) break;
    }
    expect(taken).toBeLessThan(1_000_000);
    near.end();
    const read = collect(far);
    far.end();
    await Promise.all([read, collect(near)]);
  });

  it("goes on writing after the peer has ended", async () => {
    const { near, far } = await duplexPair();
    near.end("request");
    expect(Buffer.from(await collect(far)).toString()).toBe("request");
    far.end("reply");
    expect(Buffer.from(await collect(near)).toString()).toBe("reply");
  });

  it("that is destroyed gives the stream up: the peer's Duplex fails", async () => {
    const { near, far, streams } = await duplexPair();
    const failure = failed(far);
    near.destroy();
    expect(await failure).toMatchObject({ code: "stream-reset" });
    await streams[1].closed;
    expect(far.destroyed).toBe(true);
  });

  it("fails with the session's error", async () => {
    const { alice, near, far } = await duplexPair();
    const failures = Promise.all([failed(near), failed(far)]);
    await alice.close();
    for (const failure of await failures) expect(failure).toMatchObject({ code: "session-closed" });
  });

  it("tunnels TCP, half-closes and errors too", async () => {
    const { alice, bob } = await tcpPair();
    const server = createServer({ allowHalfOpen: true }, socket => {
      const parts: Buffer[] = [];
      socket.on("data", (part: Buffer) => {
        if (part.toString() === "cut me") socket.destroy();
        parts.push(part);
      });
      socket.on("end", () => socket.end(`${digest(Buffer.concat(parts))}`));
      socket.on("error", () => undefined);
    });
    const target = await listening(server);
    void (async () => {
      for await (const stream of bob.incomingStreams())
        join(connect({ port: target, allowHalfOpen: true }), toDuplex(stream));
    })();
    const entry = createServer({ allowHalfOpen: true }, socket => join(socket, toDuplex(alice.openStream())));
    const port = await listening(entry);
    const sent = Array.from({ length: 5 }, (_, i) => someBytes(500_000 + i, i + 1));
    const replies = sent.map(async bytes => {
      const socket = connect({ port, allowHalfOpen: true });
      socket.end(bytes);
      return Buffer.from(await collect(socket)).toString();
    });
    expect(await Promise.all(replies)).toEqual(sent.map(digest));
    const cut = connect({ port });
    cut.write("cut me");
    cut.on("error", () => undefined);
    await new Promise(resolve => cut.once("close", resolve));
  });
});

function join(socket: Socket, tunnel: ReturnType<typeof toDuplex>): void {
  pipeline(socket, tunnel, () => undefined);
  pipeline(tunnel, socket, () => undefined);
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  afterwards(() => new Promise(resolve => server.close(resolve)));
  return (server.address() as { port: number }).port;
}
