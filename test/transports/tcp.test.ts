import { once } from "node:events";
import { connect, createServer, Socket, type AddressInfo, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { concat } from "../../src/bytes/index.js";
import type { Connection } from "../../src/ports/index.js";
import { connectionContract } from "../../src/testing/contract/connection-contract.js";
import { patterned } from "../../src/testing/contract/connection-fixture.js";
import { endpointContract } from "../../src/testing/contract/endpoint-contract.js";
import { Recorder } from "../../src/testing/contract/recorder.js";
import { encodeFrame, frameHeader } from "../../src/attach/index.js";
import { parseTcpAddress } from "../../src/transports/tcp-address.js";
import { socketOptions, TcpConnection } from "../../src/transports/tcp-connection.js";
import { tcp, tcpListener, type TcpListenerOptions } from "../../src/transports/tcp.js";
import { failure, listenWith } from "./listening.js";

const settle = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 100));
const never = new AbortController().signal;

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of cleanUp.splice(0).reverse()) await release();
});

const listening = (options: TcpListenerOptions = {}) => listenWith(tcpListener(options), cleanUp);

/** A socket that speaks to `address` without framing. */
async function rawSocket(address: string): Promise<Socket> {
  const socket = connect(parseTcpAddress(address));
  cleanUp.push(() => socket.destroy());
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** A server that hands over its sockets unread, and a connection to it. */
async function rawServer(
  lingerTime?: number,
): Promise<{ connection: Connection; socket: Socket; server: Server }> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanUp.push(() => server.close());
  const accepted = once(server, "connection");
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connection = await tcp(address, lingerTime === undefined ? {} : { lingerTime }).connect(never);
  cleanUp.push(() => connection.destroy());
  const [socket] = (await accepted) as [Socket];
  cleanUp.push(() => socket.destroy());
  socket.on("error", () => undefined);
  return { connection, socket, server };
}

const closed = (socket: Socket): Promise<unknown> => new Promise(resolve => socket.once("close", resolve));

const hasIPv6 = Object.values(networkInterfaces()).some(list =>
  list?.some(({ address }) => address === "::1"),
);

for (const host of hasIPv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"]) {
  describe(`connection contract: TCP at ${host}`, () => {
    const makePair = async () => {
      const listener = tcpListener({ host });
      const accepted: Promise<Connection>[] = [];
      let take: (connection: Connection) => void = () => undefined;
      accepted.push(new Promise(resolve => (take = resolve)));
      const address = await listener.listen(connection => take(connection));
      const near = await tcp(address).connect(never);
      const far = await accepted[0]!;
      return { near, far, settle, dispose: () => listener.close() };
    };
    for (const { name, run } of connectionContract(makePair)) it(name, run);
  });
}

describe("endpoint contract: TCP", () => {
  const makeEndpoint = () => ({ listener: tcpListener(), connector: (address: string) => tcp(address) });
  for (const { name, run } of endpointContract(makeEndpoint)) it(name, run);
});

describe("TCP addresses", () => {
  it.each([
    ["127.0.0.1:7000", "127.0.0.1", 7000, "tcp://127.0.0.1:7000"],
    ["tcp://127.0.0.1:1", "127.0.0.1", 1, "tcp://127.0.0.1:1"],
    ["[::1]:65535", "::1", 65_535, "tcp://[::1]:65535"],
    ["tcp://[fe80::1%eth0]:80", "fe80::1%eth0", 80, "tcp://[fe80::1%eth0]:80"],
    ["relay.example.org:443", "relay.example.org", 443, "tcp://relay.example.org:443"],
  ])("%s", (text, host, port, spelling) => {
    expect(parseTcpAddress(text)).toEqual({ host, port });
    expect(tcp(text).remote).toBe(spelling);
  });

  it.each([
    "",
    "localhost",
    "7000",
    ":7000",
    "localhost:",
    "localhost:0",
    "localhost:07",
    "localhost:65536",
    "localhost:99999",
    "localhost:7000/",
    "localhost:-1",
    "local host:1",
    "::1:7000",
    "[::1]",
    "[::1:7000",
    "[127.0.0.1]:7000",
    "[]:7000",
    "[example.org]:7000",
    "http://localhost:80",
    "user@localhost:80",
    "tcp://tcp://localhost:80",
    "localhost:80\n",
    "a".repeat(10_000),
  ])("X40 %j is refused, with the form to use", text => {
    expect(() => tcp(text)).toThrow(
      expect.objectContaining({
        code: "invalid-argument",
        message: expect.stringContaining("host:port") as unknown,
      }),
    );
  });

  it("X40 a long address is not repeated whole", () => {
    expect(() => tcp("a".repeat(10_000))).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^.{50,300}$/) as unknown }),
    );
  });

  it.each([{ port: -1 }, { port: 65_536 }, { port: 1.5 }, { maxConnections: 0 }])(
    "%j is refused",
    options => {
      expect(() => tcpListener(options)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
    },
  );
});

describe("TCP on the wire", () => {
  it("a frame is its length, u32 big-endian, and its bytes", async () => {
    const { connection, socket } = await rawServer();
    const expected: Uint8Array[] = [];
    for (const length of [1, 4096, 4097, 100_000]) {
      connection.write(patterned(length, length));
      expected.push(frameHeader(length), patterned(length, length));
    }
    connection.start(new Recorder());
    connection.close();
    const received: Uint8Array[] = [];
    socket.on("data", (chunk: Uint8Array) => received.push(chunk)).resume();
    await once(socket, "end");
    expect(Buffer.concat(received).equals(concat(...expected))).toBe(true);
  });

  it.each([1, 4096, 4097, 100_000])(
    "a frame of %d bytes goes out with its header in one call",
    async length => {
      const { calls, connection } = await countingConnection();
      connection.write(patterned(length, 1));
      await settle();
      expect(calls).toEqual([length + 4]);
    },
  );

  it("what is written in one turn goes out in one call", async () => {
    const { calls, connection } = await countingConnection();
    for (let i = 0; i < 100; i++) connection.write(patterned(20, i));
    await settle();
    expect(calls).toEqual([2400]);
  });

  it("X40 a length over the limit ends the connection at once, without its bytes, and the listener goes on", async () => {
    const { address, next } = await listening();
    const socket = await rawSocket(address);
    const bad = await next();
    const atBad = new Recorder();
    bad.setMaxFrameLength(1000);
    bad.start(atBad);
    socket.write(concat(encodeFrame(patterned(10, 1)), frameHeader(1001)));
    await closed(socket);
    expect((await atBad.ended())?.code).toBe("frame-too-long");
    expect(atBad.frames.length).toBe(1);
    const good = await tcp(address).connect(never);
    cleanUp.push(() => good.destroy());
    const atGood = new Recorder();
    (await next()).start(atGood);
    good.write(patterned(5, 1));
    await atGood.received(1);
  });

  it("X40 a length of zero ends the connection", async () => {
    const { address, next } = await listening();
    const socket = await rawSocket(address);
    const recorder = new Recorder();
    (await next()).start(recorder);
    socket.write(new Uint8Array(4));
    await closed(socket);
    expect((await recorder.ended())?.code).toBe("frame-malformed");
  });

  it("X40 frames are put together from single bytes", async () => {
    const { address, next } = await listening();
    const socket = await rawSocket(address);
    socket.setNoDelay(true);
    const recorder = new Recorder();
    (await next()).start(recorder);
    for (const byte of encodeFrame(patterned(300, 1))) {
      socket.write(Uint8Array.of(byte));
      await new Promise(resolve => setImmediate(resolve));
    }
    await recorder.received(1);
    expect(recorder.frames).toEqual([patterned(300, 1)]);
  });

  it.each([
    ["at a frame's edge", encodeFrame(patterned(10, 1)), undefined],
    ["with nothing sent", new Uint8Array(0), undefined],
    ["inside a header", Uint8Array.of(0, 0), "connection-lost"],
    ["inside a frame", encodeFrame(patterned(10, 1)).subarray(0, 13), "connection-lost"],
  ])("X40 the far end closes %s", async (_, bytes, code) => {
    const { address, next } = await listening();
    const socket = await rawSocket(address);
    const recorder = new Recorder();
    (await next()).start(recorder);
    socket.end(bytes);
    expect((await recorder.ended())?.code).toBe(code);
  });

  it("an owner that destroys its end when it is told of the close does not lose what it wrote before", async () => {
    const { address, next } = await listening();
    const near = await tcp(address).connect(never);
    cleanUp.push(() => near.destroy());
    const far = await next();
    const [atNear, atFar] = [new Recorder(), new Recorder()];
    atFar.onFrame = () => {
      for (let i = 0; i < 200; i++) far.write(patterned(65_536, i));
    };
    atFar.onEnd = () => far.destroy();
    near.start(atNear);
    far.start(atFar);
    near.write(patterned(1, 1));
    near.close();
    await atFar.ended();
    expect(await atNear.ended()).toBeUndefined();
    expect(atNear.frames.length).toBe(200);
  });

  it.each(["resumes", "destroys"])(
    "what came before a close in good order is kept for an owner that later %s, whatever became of the socket",
    async what => {
      const { address, next } = await listening();
      const socket = await rawSocket(address);
      const connection = await next();
      const recorder = new Recorder();
      recorder.onFrame = () => connection.pause();
      connection.start(recorder);
      socket.end(concat(encodeFrame(patterned(10, 1)), encodeFrame(patterned(20, 2))));
      await recorder.received(1);
      await settle();
      socket.destroy();
      for (let i = 0; i < 3; i++) {
        connection.write(patterned(10, 1));
        await settle();
      }
      expect([recorder.frames.length, recorder.ends]).toEqual([1, 0]);
      recorder.onFrame = undefined;
      if (what === "resumes") connection.resume();
      else connection.destroy();
      expect(await recorder.ended()).toBeUndefined();
      expect(recorder.frames.length).toBe(what === "resumes" ? 2 : 1);
    },
  );

  it("a reset by the far end is a lost connection, with the socket's error as its cause", async () => {
    const { connection, socket } = await rawServer();
    const recorder = new Recorder();
    connection.start(recorder);
    socket.resetAndDestroy();
    const error = await recorder.ended();
    expect(error).toMatchObject({ code: "connection-lost", cause: { code: "ECONNRESET" } });
    expect(error?.message).toContain("Connect again");
  });

  it("a far end that does not take what was written cannot hold a closing connection open", async () => {
    const { connection, socket } = await rawServer(50);
    const recorder = new Recorder();
    connection.start(recorder);
    for (let i = 0; i < 400; i++) connection.write(patterned(65_536, i));
    connection.close();
    const error = await recorder.ended();
    expect(error?.code).toBe("connection-lost");
    expect(error?.message).toContain("50 ms");
    socket.destroy();
  });

  it("a far end that does not close cannot hold a closing connection open", async () => {
    const { connection, socket } = await rawServer(50);
    const recorder = new Recorder();
    connection.start(recorder);
    socket.resume();
    connection.close();
    expect((await recorder.ended())?.code).toBe("connection-lost");
  });

  it("a connection that is closed before it was started is gone when what was written has gone out", async () => {
    const { connection, socket } = await rawServer(600_000);
    connection.write(patterned(10, 1));
    connection.close();
    const [chunk] = (await once(socket.resume(), "data")) as [Uint8Array];
    expect(chunk.length).toBe(14);
    await once(socket, "end");
    const gone = closed(socket);
    for (let i = 0; i < 3; i++) {
      socket.write("is anybody there?");
      await settle();
    }
    await gone;
  });

  it("X45 nothing of a connection prints what it carries", async () => {
    const marker = "Marked-Frame-Content";
    const { address, next } = await listening();
    const socket = await rawSocket(address);
    const connection = await next();
    const recorder = new Recorder();
    connection.start(recorder);
    socket.end(concat(frameHeader(1000), new TextEncoder().encode(marker)));
    const error = await recorder.ended();
    const hex = Buffer.from(marker).toString("hex");
    for (const shown of [
      inspect(error, { depth: 9 }),
      JSON.stringify(error),
      inspect(connection, { depth: 9 }),
    ]) {
      expect(shown).not.toContain(marker);
      expect(shown.replaceAll(" ", "")).not.toContain(hex);
    }
  });
});

describe("TCP errors", () => {
  it("a refused connection says so, and what to do", async () => {
    const { listener, address } = await listening();
    await listener.close();
    const error = await failure(tcp(address).connect(never));
    expect(error).toMatchObject({
      code: "connect-failed",
      category: "transport",
      cause: { code: "ECONNREFUSED" },
    });
    expect(error.message).toBe(
      `Cannot connect to ${address} (ECONNREFUSED): nothing listens there. Start the other side first, or check host and port.`,
    );
  });

  it("a name that does not exist says so", async () => {
    const error = await failure(tcp("no-such-host.invalid:1").connect(never));
    expect(error.code).toBe("connect-failed");
    expect(error.message).toMatch(/ENOTFOUND|EAI_AGAIN/);
  });

  it("a port that is taken says so, and what to do; the listener can try again", async () => {
    const { listener, address } = await listening();
    const { port } = parseTcpAddress(address);
    const second = tcpListener({ port });
    const error = await failure(second.listen(() => undefined));
    expect(error).toMatchObject({ code: "listen-failed", cause: { code: "EADDRINUSE" } });
    expect(error.message).toContain("another process has that port");
    await listener.close();
    expect(await second.listen(() => undefined)).toBe(address);
    await second.close();
  });

  it("an address of another machine says so", async () => {
    const error = await failure(tcpListener({ host: "192.0.2.1" }).listen(() => undefined));
    expect(error).toMatchObject({ code: "listen-failed", cause: { code: "EADDRNOTAVAIL" } });
  });

  it("a listener that is closed before it listens fails, and leaves the port free", async () => {
    const listener = tcpListener();
    const promise = failure(listener.listen(() => undefined));
    await listener.close();
    expect((await promise).code).toBe("listen-failed");
    const named = tcpListener({ host: "localhost" });
    const second = failure(named.listen(() => undefined));
    await named.close();
    expect((await second).code).toBe("listen-failed");
  });

  it("connections above maxConnections are dropped, the others go on", async () => {
    const { address, next } = await listening({ maxConnections: 1 });
    const first = await tcp(address).connect(never);
    const [atFirst, atDropped] = [new Recorder(), new Recorder()];
    first.start(atFirst);
    const far = await next();
    far.start(new Recorder());
    const dropped = await tcp(address).connect(never);
    dropped.start(atDropped);
    await atDropped.ended();
    far.write(patterned(3, 1));
    await atFirst.received(1);
    first.destroy();
    dropped.destroy();
  });
});

/** A connection over a socket that counts the bytes of each call to the system. */
async function countingConnection(): Promise<{ calls: number[]; connection: Connection }> {
  const { address } = await listening();
  const calls: number[] = [];
  class CountingSocket extends Socket {
    override _write(
      chunk: Uint8Array,
      encoding: BufferEncoding,
      callback: (error?: Error | null) => void,
    ): void {
      calls.push(chunk.length);
      super._write(chunk, encoding, callback);
    }

    override _writev(
      chunks: { chunk: Uint8Array; encoding: BufferEncoding }[],
      callback: (error?: Error | null) => void,
    ): void {
      calls.push(chunks.reduce((sum, { chunk }) => sum + chunk.length, 0));
      super._writev!(chunks, callback);
    }
  }
  const socket = new CountingSocket(socketOptions);
  socket.connect(parseTcpAddress(address));
  await once(socket, "connect");
  const connection = new TcpConnection(socket, address, 1000);
  cleanUp.push(() => connection.destroy());
  return { calls, connection };
}
