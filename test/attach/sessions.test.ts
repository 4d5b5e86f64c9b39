import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { PassThrough, type Duplex } from "node:stream";
import { MessageChannel } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { toConnection, type Attachable } from "../../src/attach/index.js";
import { SessionError } from "../../src/errors/index.js";
import {
  anyone,
  Identity,
  SessionManager,
  type PeerId,
  type SessionManagerOptions,
} from "../../src/manager/index.js";
import { patterned } from "../../src/testing/contract/connection-fixture.js";
import { Recorder } from "../../src/testing/contract/recorder.js";
import { memoryPair } from "../../src/transports/memory.js";
import {
  duplexEnds,
  messagePorts,
  tcpSockets,
  tlsSockets,
  unixSockets,
  webSockets,
  type Ends,
} from "./pairs.js";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of cleanUp.splice(0).reverse()) await release();
});

function newManager(options: Partial<SessionManagerOptions> = {}): { manager: SessionManager; id: PeerId } {
  const identity = Identity.generate();
  const manager = new SessionManager({ ...options, identity });
  cleanUp.push(() => manager.close());
  return { manager, id: identity.id };
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return SessionError.is(error) ? error.code : error;
}

const things: Record<string, () => Ends<Attachable> | Promise<Ends<Attachable>>> = {
  "net sockets": tcpSockets,
  "unix sockets": unixSockets,
  "TLS sockets": tlsSockets,
  "Duplex streams": duplexEnds,
  "WebSockets of ws": webSockets,
  "MessagePorts of worker_threads": messagePorts,
  connections: () => {
    const [near, far] = memoryPair();
    return { near, far, release: () => undefined };
  },
};

describe.each(Object.entries(things))("attach: %s", (_, make) => {
  it("a session says hello both ways, and ends in good order", async () => {
    const [alice, bob] = [newManager(), newManager()];
    const { near, far, release } = await make();
    cleanUp.push(release);
    const [a, b] = await Promise.all([
      alice.manager.attach(near, { peer: bob.id }),
      bob.manager.attach(far, { allow: [alice.id] }),
    ]);
    expect([a.peer, b.peer]).toEqual([bob.id, alice.id]);
    const long = patterned(1_048_576, 1);
    await Promise.all([a.send("hello"), a.send(long), b.send("hello to you")]);
    expect((await b.receive())?.text()).toBe("hello");
    expect(Buffer.compare((await b.receive())!.bytes, long)).toBe(0);
    expect((await a.receive())?.text()).toBe("hello to you");
    await a.close();
    expect((await b.ended).kind).toBe("closed");
    expect(await b.receive()).toBeUndefined();
  });

  it("a peer that is not allowed gets no session, and nothing stays open", async () => {
    const [alice, bob] = [newManager(), newManager()];
    const { near, far, release } = await make();
    cleanUp.push(release);
    const codes = await Promise.all([
      codeOf(alice.manager.attach(near, { trust: anyone })),
      codeOf(bob.manager.attach(far, { allow: [bob.id] })),
    ]);
    expect(codes[1]).toBe("peer-refused");
    expect(["peer-refused", "handshake-failed", "connection-lost"]).toContain(codes[0]);
    await Promise.all([alice.manager.close(), bob.manager.close()]);
  });
});

describe("attach", () => {
  it("refuses what no session can run over, and says what can", async () => {
    const { manager, id } = newManager();
    const objects = new PassThrough({ objectMode: true });
    const text = new PassThrough().setEncoding("utf8");
    for (const thing of [{}, null, 7, "ws://localhost", Promise.resolve(), objects, text]) {
      const attaching = manager.attach(thing as unknown as Attachable, { peer: id });
      expect(await codeOf(attaching)).toBe("invalid-argument");
    }
    await expect(manager.attach({} as Attachable, { allow: anyone })).rejects.toThrow(
      /WebSocket, an RTCDataChannel/,
    );
  });

  it("takes sockets that are still connecting", async () => {
    const [alice, bob] = [newManager(), newManager()];
    const server = createServer(socket => void bob.manager.attach(socket, { allow: anyone }));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    cleanUp.push(() => server.close());
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    expect((await alice.manager.attach(socket, { peer: bob.id })).remote).toMatch(/^duplex:/);

    const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(sockets, "listening");
    cleanUp.push(() => sockets.close());
    sockets.on("connection", ws => void bob.manager.attach(ws, { allow: anyone, remote: "ws://a-proxy" }));
    const url = `ws://127.0.0.1:${(sockets.address() as AddressInfo).port}/chat?token=secret`;
    const session = await alice.manager.attach(new WebSocket(url), { trust: anyone });
    expect(session.remote).toBe(url.replace("?token=secret", ""));
    expect(bob.manager.sessions(alice.id).map(({ remote }) => remote)).toContain("ws://a-proxy");
  });

  it("tells of things that were over before, or never opened", async () => {
    const { manager } = newManager();
    const { near, far, release } = await tcpSockets();
    cleanUp.push(release);
    near.destroy();
    await once(far.resume(), "close");
    const closed = new MessageChannel().port1;
    closed.close();
    for (const thing of [() => near, () => far, () => new WebSocket("ws://127.0.0.1:1")]) {
      const code = await codeOf(manager.attach(thing(), { trust: anyone }));
      // One that its far end had closed in good order ended without an error of its own.
      expect(["connection-lost", "handshake-failed"]).toContain(code);
    }
    const hanging = manager.attach(closed, { trust: anyone, signal: AbortSignal.timeout(100) });
    expect(["aborted", "handshake-failed"]).toContain(await codeOf(hanging));
  });

  it("aborting ends what was attached", async () => {
    const { manager } = newManager();
    const [a, b] = [await tcpSockets(), await webSockets()];
    for (const { near, far, release } of [a, b] as Ends<Attachable>[]) {
      cleanUp.push(release);
      const recorder = new Recorder();
      toConnection(far).start(recorder);
      const controller = new AbortController();
      const attaching = codeOf(manager.attach(near, { trust: anyone, signal: controller.signal }));
      await recorder.received(1);
      controller.abort();
      expect(await attaching).toBe("aborted");
      expect((await recorder.ended())?.code).toBe("connection-lost");
    }
  });

  it("X39 callers that are attached share the manager's limits of handshakes", async () => {
    const { manager } = newManager({ maxHandshakes: 2 });
    const ends = Array.from({ length: 3 }, () => memoryPair());
    const attaching = ends.map(([near]) => codeOf(manager.attach(near, { allow: anyone, signal: timeout })));
    expect(await attaching[2]).toBe("handshake-limit");
    expect(manager.metrics().refusedByCause).toEqual({ handshakes: 1 });
    expect(await Promise.all(attaching.slice(0, 2))).toEqual(["aborted", "aborted"]);
  });
});

const timeout = AbortSignal.timeout(2000);

/** Types: what the platforms call these things is taken as it is. */
export const accepted = (
  socket: Socket,
  duplex: Duplex,
  ws: WebSocket,
  port: MessageChannel["port1"],
): Attachable[] => [socket, duplex, ws, port];
