import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Attachable } from "../../src/attach/index.js";
import type { Connection, Connector, Listener } from "../../src/ports/index.js";
import { patterned } from "../../src/testing/contract/connection-fixture.js";
import { memoryPair } from "../../src/transports/memory.js";
import { tcp, tcpListener } from "../../src/transports/tcp.js";
import { webSocketListener } from "../../src/transports/websocket-server.js";
import { webSocket } from "../../src/transports/websocket.js";
import { duplexEnds } from "../attach/pairs.js";

/** What stands between two ends, and turns on the near one. */
export interface Relay {
  /** Cuts what comes next for the near end in its middle, and then the path. */
  cut(): void;
  /** Carries nothing any more. */
  stall(): void;
  /** Sends the near end what the far end never wrote. */
  garbage(): void;
  /** Closes the path for the near end, as if all were well. */
  close(): void;
  /** Resolves when the near end has let go of its side, also where the relay has stalled. */
  gone(): Promise<unknown>;
  readonly release: () => void;
}

/** Two ends with a relay between them. */
export interface Relayed {
  readonly near: Attachable;
  readonly far: Attachable;
  readonly relay: Relay;
}

const noise = patterned(64, 99);

/** Ties `near`, which leads to the near end, to `far`. */
export function byteRelay(near: Duplex, far: Duplex): Relay {
  const gone = new Promise(resolve => near.once("close", resolve));
  let cutting = false;
  const release = (): void => {
    near.destroy();
    far.destroy();
  };
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    from.on("error", release);
    from.on("end", () => to.end());
    from.on("close", () => to.destroy());
    to.on("drain", () => from.resume());
    from.on("data", (chunk: Buffer) => {
      if (cutting && from === far) {
        near.write(chunk.subarray(0, chunk.length >> 1), release);
      } else if (!to.write(chunk)) {
        from.pause();
      }
    });
  }
  return {
    cut: () => (cutting = true),
    stall: () => {
      for (const side of [near, far]) side.removeAllListeners("data").removeAllListeners("drain").pause();
    },
    garbage: () => near.write(noise),
    close: () => near.end(),
    gone: () => {
      near.on("data", () => undefined).resume();
      return gone;
    },
    release,
  };
}

function portRelay(near: MessagePort, far: MessagePort): Relay {
  const gone = new Promise(resolve => near.once("close", resolve));
  const release = (): void => {
    near.close();
    far.close();
  };
  near.on("message", data => far.postMessage(data));
  far.on("message", data => near.postMessage(data));
  return {
    // Messages are whole or not there.
    cut: release,
    stall: () => {
      for (const side of [near, far]) side.removeAllListeners("message").on("message", () => undefined);
    },
    garbage: () => near.postMessage({ what: ["is", "this"], noise }),
    close: () => near.close(),
    gone: () => gone,
    release,
  };
}

function connectionRelay(near: Connection, far: Connection): Relay {
  const release = (): void => {
    near.destroy();
    far.destroy();
  };
  let stalled = false;
  const gone = new Promise<void>(resolve => {
    near.start({
      frame: frame => void far.write(frame),
      drain: () => stalled || far.resume(),
      end: () => {
        far.close();
        resolve();
      },
    });
    far.start({
      frame: frame => {
        if (!near.write(frame)) far.pause();
      },
      drain: () => stalled || near.resume(),
      end: () => near.close(),
    });
  });
  return {
    // Frames are whole or not there.
    cut: release,
    stall: () => {
      stalled = true;
      near.pause();
      far.pause();
    },
    garbage: () => near.write(noise),
    close: () => near.close(),
    gone: () => gone,
    release,
  };
}

/** A port that leads to `target` through a relay, which comes with the first connection. */
async function overSockets(listener: Listener, reach: (port: number) => Connector): Promise<Relayed> {
  let take: (connection: Connection) => void = () => undefined;
  const taken = new Promise<Connection>(resolve => (take = resolve));
  const target = Number(new URL((await listener.listen(take)).replace(/^tcp/, "ws")).port);
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const tied = once(server, "connection").then(([socket]) =>
    byteRelay(socket as Socket, connect(target, "127.0.0.1")),
  );
  const connector = reach((server.address() as AddressInfo).port);
  const near = await connector.connect(new AbortController().signal);
  const [far, relay] = await Promise.all([taken, tied]);
  server.close();
  await listener.close();
  return { near, far, relay };
}

/** Each transport, with a relay in the middle. */
export const relayed: Record<string, () => Relayed | Promise<Relayed>> = {
  TCP: () => overSockets(tcpListener(), port => tcp(`127.0.0.1:${port}`)),
  WebSocket: () => overSockets(webSocketListener(), port => webSocket(`ws://127.0.0.1:${port}`)),
  Duplex: () => {
    const [a, b] = [duplexEnds(), duplexEnds()];
    // Not every test attaches it.
    b.far.on("error", () => undefined);
    return { near: a.near, far: b.far, relay: byteRelay(a.far, b.near) };
  },
  MessagePort: () => {
    const [a, b] = [new MessageChannel(), new MessageChannel()];
    return { near: a.port1, far: b.port2, relay: portRelay(a.port2, b.port1) };
  },
  memory: () => {
    const [near, left] = memoryPair();
    const [right, far] = memoryPair();
    return { near, far, relay: connectionRelay(left, right) };
  },
};
