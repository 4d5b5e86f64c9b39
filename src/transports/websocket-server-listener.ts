import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { hostUrl } from "../attach/index.js";
import { SessionError } from "../errors/index.js";
import type { Connection, Listener } from "../ports/index.js";
import { tcpError } from "./tcp-errors.js";
import { leaveUpgrade, refuseUpgrade, WebSocketGate, type WebSocketRules } from "./websocket-server-gate.js";

/** A server of its own. */
export interface OwnServerOptions extends WebSocketRules {
  /** None: the listener makes a server of its own. */
  readonly server?: never;
  /** Default: 127.0.0.1, which only this machine reaches. */
  readonly host?: string;
  /** 0 to 65,535. Default: 0, any that is free; `listen` says which. */
  readonly port?: number;
  /** Connections open at a time; those above it are dropped at once. Default: no limit. */
  readonly maxConnections?: number;
  /** Told when a connection could not be taken; the listener goes on. */
  readonly onError?: (error: SessionError) => void;
}

/** A server of the application, HTTP or HTTPS, which listens already and stays the application's. */
export interface GivenServerOptions extends WebSocketRules {
  /** A server that is there. The listener takes its upgrades at `path`, and closes nothing of it. */
  readonly server: Server;
}

/** A server of the listener's own, or one that is there. */
export type WebSocketListenerOptions = OwnServerOptions | GivenServerOptions;

/** What a server of its own allows a request that is no WebSocket yet. Times in milliseconds. */
const patience = {
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 8_192,
} as const;

type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Listens for WebSockets. */
export class WebSocketListener implements Listener {
  readonly #options: WebSocketListenerOptions;
  readonly #gate: WebSocketGate;
  /** Ends what `listen` has begun. */
  #stop: (() => void) | undefined;

  /** @throws invalid-argument */
  constructor(options: WebSocketListenerOptions) {
    if (options.server === undefined) checkNumbers(options);
    this.#options = options;
    this.#gate = new WebSocketGate(options);
  }

  async listen(onConnection: (connection: Connection) => void): Promise<string> {
    if (this.#stop !== undefined) {
      throw new SessionError("listen-failed", "This WebSocket listener is listening: close it first.");
    }
    const { path = "/", server } = this.#options;
    const where = server === undefined ? await this.#open(onConnection) : this.#join(server, onConnection);
    return path === "/" ? where : `${where}${path}`;
  }

  close(): Promise<void> {
    this.#stop?.();
    this.#stop = undefined;
    // The server's own callback would wait for the connections, which are their owners'.
    return new Promise(resolve => setImmediate(resolve));
  }

  #upgrade(onConnection: (connection: Connection) => void, isAlone: () => boolean): Upgrade {
    return (request, socket, head) => {
      if (this.#gate.owns(request)) this.#gate.take(request, socket, head, onConnection);
      else if (isAlone()) refuseUpgrade(socket, 404);
      else leaveUpgrade(request);
    };
  }

  #open(onConnection: (connection: Connection) => void): Promise<string> {
    const { host = "127.0.0.1", port = 0, maxConnections, onError } = this.#options as OwnServerOptions;
    const where = hostUrl("ws", host, port);
    const server = createServer(patience, (_, response) => {
      response.writeHead(426, { connection: "close", upgrade: "websocket" }).end();
    });
    if (maxConnections !== undefined) server.maxConnections = maxConnections;
    server.on(
      "upgrade",
      this.#upgrade(onConnection, () => true),
    );
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        server.close();
        server.closeAllConnections();
      };
      this.#stop = stop;
      const fail = (error: unknown): void => {
        if (this.#stop === stop) this.#stop = undefined;
        reject(tcpError("listen-failed", where, error));
      };
      server.once("listening", () => {
        if (this.#stop !== stop) {
          stop();
          return;
        }
        server.off("error", fail);
        server.on("error", error => onError?.(tcpError("listen-failed", where, error)));
        const bound = server.address() as AddressInfo;
        resolve(hostUrl("ws", bound.address, bound.port));
      });
      server.once("close", () => {
        reject(new SessionError("listen-failed", `${where} was closed before it listened.`));
      });
      server.on("error", fail);
      server.listen({ host, port });
    });
  }

  #join(server: Server, onConnection: (connection: Connection) => void): string {
    const bound = server.address();
    if (bound === null) {
      throw new SessionError("listen-failed", "The HTTP server does not listen yet: call its listen first.");
    }
    const upgrade = this.#upgrade(onConnection, () => server.listenerCount("upgrade") === 1);
    server.on("upgrade", upgrade);
    this.#stop = () => server.off("upgrade", upgrade);
    const scheme = "setSecureContext" in server ? "wss" : "ws";
    return typeof bound === "string" ? `${scheme}://${bound}` : hostUrl(scheme, bound.address, bound.port);
  }
}

function checkNumbers({ port = 0, maxConnections = 1 }: OwnServerOptions): void {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new SessionError("invalid-argument", `A port to listen at is 0 to 65535, not ${port}.`);
  }
  if (!Number.isInteger(maxConnections) || maxConnections < 1) {
    throw new SessionError("invalid-argument", `maxConnections is 1 or more, not ${maxConnections}.`);
  }
}
