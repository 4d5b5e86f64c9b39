import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { MessageChannel } from "node:worker_threads";
import { WebSocket, WebSocketServer } from "ws";
import { toConnection, type Attachable } from "../../src/attach/index.js";
import type { ConnectionPair } from "../../src/testing/index.js";

/** Two ends of one thing, and what releases it. */
export interface Ends<Thing> {
  readonly near: Thing;
  readonly far: Thing;
  readonly release: () => void | Promise<void>;
}

const settle = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 100));

/** Both ends as connections. */
export async function attached(
  make: () => Ends<Attachable> | Promise<Ends<Attachable>>,
  cuts: "told" | "silent" = "told",
): Promise<ConnectionPair> {
  const { near, far, release } = await make();
  return {
    near: toConnection(near),
    far: toConnection(far),
    settle,
    cuts,
    dispose: async () => {
      await release();
    },
  };
}

async function accepted<Near extends Socket>(
  server: Server,
  event: string,
  reach: (port: number) => Near,
): Promise<Ends<Socket>> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const taken = once(server, event);
  const near = reach((server.address() as AddressInfo).port);
  const [far] = (await taken) as [Socket];
  return { near, far, release: () => void server.close() };
}

/** Plain sockets, as `net` makes them by itself. */
export const tcpSockets = (): Promise<Ends<Socket>> =>
  accepted(createServer(), "connection", port => connect(port, "127.0.0.1"));

let names = 0;

/** Unix sockets. */
export async function unixSockets(): Promise<Ends<Socket>> {
  const path = join(tmpdir(), `bowline-attach-${process.pid}-${names++}`);
  const server = createServer();
  server.listen(path);
  await once(server, "listening");
  const taken = once(server, "connection");
  const near = connect(path);
  const [far] = (await taken) as [Socket];
  return { near, far, release: () => void server.close() };
}

/** TLS with a pre-shared key, which needs no certificate. */
export async function tlsSockets(): Promise<Ends<Socket>> {
  const shared = { ciphers: "PSK", maxVersion: "TLSv1.2" } as const;
  const psk = Buffer.alloc(16, 7);
  const server = createTlsServer({ ...shared, pskCallback: () => psk });
  return accepted(server, "secureConnection", port =>
    connectTls({
      ...shared,
      port,
      host: "127.0.0.1",
      pskCallback: () => ({ psk, identity: "test" }),
      checkServerIdentity: () => undefined,
    }),
  );
}

/** One end of a pair in memory: its writing waits till the far end reads, and destroying it is an error at the far end. */
class DuplexEnd extends Duplex {
  far!: DuplexEnd;
  #taken: (() => void) | undefined;

  override _read(): void {
    const taken = this.far.#taken;
    this.far.#taken = undefined;
    taken?.();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    if (this.far.push(Buffer.from(chunk))) setImmediate(done);
    else this.#taken = done;
  }

  override _final(done: () => void): void {
    this.far.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.far.destroyed && !this.writableFinished) {
      setImmediate(() => this.far.destroy(new Error("the other end was destroyed")));
    }
    done(error);
  }
}

export function duplexEnds(): Ends<Duplex> {
  const [near, far] = [new DuplexEnd(), new DuplexEnd()];
  near.far = far;
  far.far = near;
  return { near, far, release: () => undefined };
}

export function messagePorts() {
  const { port1: near, port2: far } = new MessageChannel();
  return {
    near,
    far,
    release: () => {
      near.close();
      far.close();
    },
  };
}

/** `ws` on both sides. */
export async function webSockets(): Promise<Ends<WebSocket>> {
  const http = createHttpServer();
  const server = new WebSocketServer({ server: http });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const taken = once(server, "connection");
  const near = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}/path?token=secret`);
  const [far] = (await taken) as [WebSocket];
  return {
    near,
    far,
    release: () => {
      near.terminate();
      far.terminate();
      server.close();
      http.close();
    },
  };
}
