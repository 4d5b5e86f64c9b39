import { once } from "node:events";
import { createServer, get, type Server } from "node:http";
import { connect as connectSocket, type AddressInfo, type Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import type { SessionError } from "../../src/errors/index.js";
import { anyone, Identity, SessionManager, type PeerId, type Session } from "../../src/manager/index.js";
import type { Connection } from "../../src/ports/index.js";
import { connectionContract } from "../../src/testing/contract/connection-contract.js";
import { patterned } from "../../src/testing/contract/connection-fixture.js";
import { endpointContract } from "../../src/testing/contract/endpoint-contract.js";
import { Recorder } from "../../src/testing/contract/recorder.js";
import {
  upgradeHandler,
  webSocketListener,
  type WebSocketListenerOptions,
} from "../../src/transports/websocket-server.js";
import { webSocket } from "../../src/transports/websocket.js";
import { failure, listenWith } from "./listening.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const settle = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 100));
const never = new AbortController().signal;

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of cleanUp.splice(0).reverse()) await release();
});

const listening = (options: WebSocketListenerOptions = {}) => listenWith(webSocketListener(options), cleanUp);

/** A WebSocket without bowline, to `address`. */
async function rawWebSocket(address: string, options = {}): Promise<WebSocket> {
  const socket = new WebSocket(address, options);
  cleanUp.push(() => socket.terminate());
  socket.on("error", () => undefined);
  await once(socket, "open");
  return socket;
}

/** Sends a request to upgrade by hand, and returns the socket and what came back first. */
async function request(port: number, path: string, headers: readonly string[] = []) {
  const socket = connectSocket(port, "127.0.0.1");
  cleanUp.push(() => socket.destroy());
  socket.on("error", () => undefined);
  const lines = [
    `GET ${path} HTTP/1.1`,
    "Host: localhost",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const [chunk] = (await once(socket, "data")) as [Buffer];
  return { socket, answer: chunk.toString("latin1") };
}

const portOf = (address: string): number => Number(new URL(address).port);

async function httpServer(): Promise<{ server: Server; port: number }> {
  const server = createServer((_, response) => response.end("the application"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanUp.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

function newManager(): { manager: SessionManager; id: PeerId } {
  const identity = Identity.generate();
  const manager = new SessionManager({ identity });
  cleanUp.push(() => manager.close());
  return { manager, id: identity.id };
}

describe("connection contract: WebSocket", () => {
  const makePair = async () => {
    const listener = webSocketListener();
    let take: (connection: Connection) => void = () => undefined;
    const accepted = new Promise<Connection>(resolve => (take = resolve));
    const address = await listener.listen(connection => take(connection));
    const near = await webSocket(address).connect(never);
    return { near, far: await accepted, settle, dispose: () => listener.close() };
  };
  for (const { name, run } of connectionContract(makePair)) it(name, run);
});

describe("endpoint contract: WebSocket", () => {
  const makeEndpoint = () => ({
    listener: webSocketListener({ path: "/bowline" }),
    connector: (address: string) => webSocket(address),
  });
  for (const { name, run } of endpointContract(makeEndpoint)) it(name, run);
});

describe("WebSocket addresses", () => {
  it.each([
    ["ws://127.0.0.1:7000", "ws://127.0.0.1:7000"],
    ["ws://127.0.0.1:7000/", "ws://127.0.0.1:7000"],
    ["wss://example.org/a/b", "wss://example.org/a/b"],
    ["ws://[::1]:80/x", "ws://[::1]/x"],
    ["wss://name:password@example.org/a?token=secret", "wss://example.org/a"],
  ])("%s, for people: %s", (url, remote) => {
    expect(webSocket(url).remote).toBe(remote);
  });

  it.each([
    "",
    "localhost:7000",
    "http://localhost",
    "tcp://localhost:1",
    "ws://",
    "ws://a/#b",
    "w".repeat(5000),
  ])("X40 %j is refused, with the form to use", url => {
    expect(() => webSocket(url)).toThrow(
      expect.objectContaining({
        code: "invalid-argument",
        message: expect.stringMatching(/^.{0,150}ws:\/\/host:port\/path/) as unknown,
      }),
    );
  });

  it.each([{ port: -1 }, { port: 1.5 }, { maxConnections: 0 }, { path: "bowline" }, { path: "/a?b" }])(
    "a listener with %j is refused",
    options => {
      expect(() => webSocketListener(options)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
    },
  );
});

describe("WebSocket on the wire", () => {
  it("X41 no compression is offered, and none is taken up", async () => {
    const { address } = await listening();
    const offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
    const { answer } = await request(portOf(address), "/", [offer]);
    expect(answer).toMatch(/^HTTP\/1\.1 101 /);
    expect(answer.toLowerCase()).not.toContain("sec-websocket-extensions");

    const { server, port } = await httpServer();
    const asked = once(server, "upgrade");
    const connecting = webSocket(`ws://127.0.0.1:${port}`).connect(never);
    connecting.catch(() => undefined);
    const [{ headers }, socket] = (await asked) as [{ headers: Record<string, string> }, Socket];
    expect(headers["sec-websocket-extensions"]).toBeUndefined();
    socket.destroy();
    expect((await failure(connecting)).code).toBe("connect-failed");
  });

  it("a frame is a binary message, taken frames are told in text, and so is the end", async () => {
    const { address, next } = await listening();
    const socket = await rawWebSocket(address);
    const messages: (Buffer | string)[] = [];
    socket.on("message", (data: Buffer, isBinary) => messages.push(isBinary ? data : data.toString()));
    const connection = await next();
    const recorder = new Recorder();
    connection.start(recorder);
    connection.write(patterned(100, 1));
    socket.send(patterned(300_000, 2));
    await recorder.received(1);
    connection.close();
    socket.send("end");
    await once(socket, "close");
    expect(await recorder.ended()).toBeUndefined();
    expect(messages).toEqual([Buffer.from(patterned(100, 1)), "taken 300064", "end"]);
  });

  it.each([
    ["text that means nothing", "hello", "frame-malformed"],
    ["more taken than was sent", "taken 1", "frame-malformed"],
    ["an empty message", new Uint8Array(0), "frame-malformed"],
    ["a long text", "a".repeat(2_000_000), "frame-too-long"],
  ])("X40 %s ends the connection, and no other", async (_, data, code) => {
    const { address, next } = await listening();
    const [good, bad] = [await rawWebSocket(address), await rawWebSocket(address)];
    const [atGood, atBad] = [new Recorder(), new Recorder()];
    (await next()).start(atGood);
    (await next()).start(atBad);
    bad.send(data);
    expect((await atBad.ended())?.code).toBe(code);
    await once(bad, "close");
    good.send(patterned(5, 1));
    await atGood.received(1);
  });

  it("X40 a frame after the end ends the connection", async () => {
    const { address, next } = await listening();
    const socket = await rawWebSocket(address);
    const connection = await next();
    const recorder = new Recorder();
    connection.start(recorder);
    connection.pause();
    socket.send("end");
    socket.send(patterned(5, 1));
    expect((await recorder.ended())?.code).toBe("frame-malformed");
  });

  it("X40 a frame over the limit is refused by its header: nothing of it is stored", async () => {
    const { address, next } = await listening();
    const { socket } = await request(portOf(address), "/");
    const connection = await next();
    const recorder = new Recorder();
    connection.setMaxFrameLength(4096);
    connection.start(recorder);
    // FIN, binary; masked, 16 bits of length: 5000. No byte of the frame follows.
    socket.write(Uint8Array.of(0x82, 0x80 | 126, 0x13, 0x88, 1, 2, 3, 4));
    expect((await recorder.ended())?.code).toBe("frame-too-long");
  });

  it.each([
    ["no mask", Uint8Array.of(0x82, 1, 7)],
    ["an opcode that does not exist", Uint8Array.of(0x83, 0x80, 1, 2, 3, 4)],
    ["reserved bits", Uint8Array.of(0xf2, 0x81, 1, 2, 3, 4, 5)],
    ["text that is no UTF-8", Uint8Array.of(0x81, 0x82, 0, 0, 0, 0, 0xff, 0xff)],
  ])("X40 %s: a typed error", async (_, bytes) => {
    const { address, next } = await listening();
    const { socket } = await request(portOf(address), "/");
    const recorder = new Recorder();
    (await next()).start(recorder);
    socket.write(bytes);
    expect((await recorder.ended())?.code).toBe("frame-malformed");
  });

  it("a WebSocket that is closed without the end is a lost connection, whatever its code", async () => {
    const { address, next } = await listening();
    const socket = await rawWebSocket(address);
    const recorder = new Recorder();
    (await next()).start(recorder);
    socket.close(1000);
    expect((await recorder.ended())?.code).toBe("connection-lost");
  });

  it("X40 one who floods an owner that does not read is stopped by the path, and memory stays bounded", async () => {
    const { address, next } = await listening();
    const socket = await rawWebSocket(address);
    const connection = await next();
    const recorder = new Recorder();
    connection.pause();
    connection.start(recorder);
    const frame = patterned(1_000_000, 1);
    for (let i = 0; i < 40; i++) socket.send(frame);
    for (let before = -1, still = 0; still < 10; before = socket.bufferedAmount) {
      await settle();
      still = socket.bufferedAmount === before ? still + 1 : 0;
    }
    expect(recorder.ends).toBe(0);
    expect(socket.bufferedAmount).toBeGreaterThan(20_000_000);
    connection.resume();
    await recorder.received(40);
  });

  it("pings are answered, and not where nobody reads the answers", async () => {
    const { address, next } = await listening();
    const socket = await rawWebSocket(address);
    (await next()).start(new Recorder());
    socket.ping("are you there?");
    const [data] = (await once(socket, "pong")) as [Buffer];
    expect(data.toString()).toBe("are you there?");
    socket.pause();
    collect();
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 200_000; i++) socket.ping(Buffer.alloc(125));
    // Till then they are in this process for the asker's sake.
    await expect.poll(() => socket.bufferedAmount, { timeout: 20_000 }).toBe(0);
    // The memory of arrays is given back a while after the collection that has found it.
    for (let i = 0; i < 3; i++) {
      collect();
      await settle();
    }
    // 25 MB of answers, of which the system takes a part.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(12_000_000);
  });
});

describe("WebSocket errors", () => {
  it("a refused connection says so, and what to do", async () => {
    const { listener, address } = await listening();
    await listener.close();
    const error = await failure(webSocket(address).connect(never));
    expect(error).toMatchObject({ code: "connect-failed", cause: { code: "ECONNREFUSED" } });
    expect(error.message).toContain("nothing listens there");
  });

  it("a server that answers otherwise says how", async () => {
    const { port } = await httpServer();
    const error = await failure(webSocket(`ws://127.0.0.1:${port}/nowhere`).connect(never));
    expect(error.code).toBe("connect-failed");
    expect(error.message).toMatch(/answered 200: check the path/);
  });

  it("a port that is taken says so, and the listener can try again", async () => {
    const { listener, address } = await listening();
    const second = webSocketListener({ port: portOf(address) });
    const error = await failure(second.listen(() => undefined));
    expect(error).toMatchObject({ code: "listen-failed", cause: { code: "EADDRINUSE" } });
    await listener.close();
    expect(await second.listen(() => undefined)).toBe(address);
    await second.close();
  });

  it("a listener that is closed before it listens fails, and leaves the port free", async () => {
    const listener = webSocketListener();
    const promise = failure(listener.listen(() => undefined));
    await listener.close();
    expect((await promise).code).toBe("listen-failed");
  });
});

describe("a WebSocket listener", () => {
  it("answers what is no upgrade, another path, another origin and a broken request, and takes what is its own", async () => {
    const { address } = await listening({ path: "/bowline", origins: ["https://app.example"] });
    const port = portOf(address);
    expect(address).toBe(`ws://127.0.0.1:${port}/bowline`);
    const plain = await new Promise<number | undefined>(resolve => {
      get(`http://127.0.0.1:${port}/bowline`, response => resolve(response.resume().statusCode));
    });
    expect(plain).toBe(426);
    const status = async (path: string, ...headers: string[]): Promise<string | undefined> =>
      (await request(port, path, headers)).answer.split(" ")[1];
    expect(await status("/other")).toBe("404");
    expect(await status("/bowline", "Origin: https://evil.example")).toBe("403");
    expect(await status("/bowline", "Sec-WebSocket-Key: broken")).toBe("400");
    expect(await status("/bowline?x=1", "Origin: https://app.example")).toBe("101");
    expect(await status("/bowline")).toBe("101");
  });

  it("listens beside an application's server, which goes on when it is closed", async () => {
    const { server, port } = await httpServer();
    const { listener, address, next } = await listening({ server, path: "/bowline" });
    expect(address).toBe(`ws://127.0.0.1:${port}/bowline`);
    const near = await webSocket(address).connect(never);
    cleanUp.push(() => near.destroy());
    expect((await next()).remote).toMatch(/^ws:\/\/127\.0\.0\.1:[0-9]+$/);
    expect((await request(port, "/other")).answer).toMatch(/^HTTP\/1\.1 404 /);
    await listener.close();
    const body = await (await fetch(`http://127.0.0.1:${port}/`)).text();
    expect(body).toBe("the application");
  });

  it("refuses a server that does not listen", async () => {
    const listener = webSocketListener({ server: createServer() });
    const error = await failure(listener.listen(() => undefined));
    expect(error.code).toBe("listen-failed");
    expect(error.message).toContain("call its listen first");
  });

  it("names the far end as the application says", async () => {
    const { address, next } = await listening({
      remote: ({ headers }) => `ws://${String(headers["x-real-ip"])}`,
    });
    const near = await webSocket(address, { headers: { "x-real-ip": "192.0.2.7" } }).connect(never);
    cleanUp.push(() => near.destroy());
    expect((await next()).remote).toBe("ws://192.0.2.7");
  });
});

describe("an upgrade handler", () => {
  it("gives sessions to those allowed, beside another WebSocket server on the same port", async () => {
    const [alice, mallory, bob] = [newManager(), newManager(), newManager()];
    const { server, port } = await httpServer();
    const others = new WebSocketServer({ noServer: true });
    server.on("upgrade", (incoming, socket, head) => {
      if (incoming.url === "/chat") others.handleUpgrade(incoming, socket, head, chat => chat.send("hello"));
    });
    const sessions: Session[] = [];
    let take: (session: Session) => void = () => undefined;
    const taken = new Promise<Session>(resolve => (take = resolve));
    const errors: unknown[] = [];
    server.on(
      "upgrade",
      upgradeHandler(bob.manager, {
        allow: [alice.id],
        path: "/bowline",
        onSession: session => {
          sessions.push(session);
          take(session);
        },
        onError: error => errors.push(error),
      }),
    );
    const url = `ws://127.0.0.1:${port}`;
    const chat = await new Promise<string>(resolve => {
      const socket = new WebSocket(`${url}/chat`);
      cleanUp.push(() => socket.terminate());
      socket.on("message", (data: Buffer) => resolve(data.toString()));
    });
    expect(chat).toBe("hello");

    const session = await alice.manager.connect(webSocket(`${url}/bowline`), { peer: bob.id });
    await session.send("over WebSocket");
    const accepted = await taken;
    expect((await accepted.receive())?.text()).toBe("over WebSocket");
    await accepted.send(patterned(1_000_000, 1));
    expect((await session.receive())?.bytes).toEqual(patterned(1_000_000, 1));

    const refused = await failure(mallory.manager.connect(webSocket(`${url}/bowline`), { peer: bob.id }));
    expect(["peer-refused", "handshake-failed", "connection-lost"]).toContain(refused.code);
    await settle();
    expect(errors.map(error => (error as SessionError).code)).toEqual(["peer-refused"]);
    expect(sessions.length).toBe(1);
  });

  it("answers 400 to a broken request for its path only, and ends the connection when the manager is closed", async () => {
    const bob = newManager();
    const { server, port } = await httpServer();
    const errors: unknown[] = [];
    const onError = (error: unknown): void => void errors.push(error);
    server.on("upgrade", upgradeHandler(bob.manager, { allow: anyone, path: "/bowline", onError }));
    const broken = "Sec-WebSocket-Key: broken";
    expect((await request(port, "/bowline", [broken])).answer).toMatch(/^HTTP\/1\.1 400 /);
    let answered = false;
    void request(port, "/other", [broken]).then(() => (answered = true));
    await settle();
    expect(answered).toBe(false);
    await bob.manager.close();
    const late = await rawWebSocket(`ws://127.0.0.1:${port}/bowline`);
    await once(late, "close");
    expect(errors.map(error => (error as SessionError).code)).toEqual(["session-closed"]);
  });
});

describe("a request to upgrade that is for nobody", () => {
  it.each(["an upgrade handler", "a listener at a shared server"])(
    "X39 X40 and is reset ends nothing but itself, beside %s",
    async beside => {
      const { server, port } = await httpServer();
      if (beside === "an upgrade handler") {
        server.on("upgrade", upgradeHandler(newManager().manager, { allow: anyone, path: "/bowline" }));
      } else {
        await listening({ server, path: "/one" });
        await listening({ server, path: "/two" });
      }
      const socket = connectSocket(port, "127.0.0.1");
      await once(socket, "connect");
      socket.write("GET /nope HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
      await settle();
      socket.resetAndDestroy();
      await settle();
      expect(server.listening).toBe(true);
    },
  );

  it("X39 a first frame in the same segment as the request is no longer than a handshake's", async () => {
    // No time-out of the handshake's shall end it in the place of the limit.
    const manager = new SessionManager({ identity: Identity.generate(), handshakeTimeout: 600_000 });
    cleanUp.push(() => manager.close());
    const acceptor = await manager.accept(webSocketListener(), { allow: anyone });
    const socket = connectSocket(portOf(acceptor.address), "127.0.0.1");
    cleanUp.push(() => socket.destroy());
    socket.on("error", () => undefined);
    await once(socket, "connect");
    const head =
      "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    // Final, binary, masked, with 100,000 bytes to come.
    const frame = Uint8Array.of(0x82, 0xff, 0, 0, 0, 0, 0, 1, 0x86, 0xa0, 1, 2, 3, 4);
    socket.write(Buffer.concat([Buffer.from(head), frame]));
    socket.resume();
    await once(socket, "close");
  });
});
