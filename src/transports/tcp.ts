import { connect as connectSocket, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { SessionError } from "../errors/index.js";
import type { Connection, Connector, Listener } from "../ports/index.js";
import { formatTcpAddress, parseTcpAddress } from "./tcp-address.js";
import { defaultLingerTime, socketOptions, TcpConnection } from "./tcp-connection.js";
import { tcpError } from "./tcp-errors.js";

/** Of both ends of a TCP connection. */
export interface TcpOptions {
  /** Milliseconds without progress after which a connection that is being closed is cut. Default: 10,000. */
  readonly lingerTime?: number;
}

/** Where to listen, and how long to wait. */
export interface TcpListenerOptions extends TcpOptions {
  /** Default: 127.0.0.1, which only this machine reaches. */
  readonly host?: string;
  /** 0 to 65,535. Default: 0, any that is free; `listen` says which. */
  readonly port?: number;
  /** Connections open at a time; those above it are dropped at once. Default: no limit. */
  readonly maxConnections?: number;
  /** Told when a connection could not be taken; the listener goes on. */
  readonly onError?: (error: SessionError) => void;
}

/**
 * Connects to `address`: `127.0.0.1:7000`, `[::1]:7000`, `example.org:7000`, each also with `tcp://` before it.
 *
 * @throws invalid-argument
 */
export function tcp(address: string, options: TcpOptions = {}): Connector {
  const { host, port } = parseTcpAddress(address);
  const remote = formatTcpAddress({ host, port });
  const lingerTime = options.lingerTime ?? defaultLingerTime;
  return {
    remote,
    connect: async signal =>
      new TcpConnection(await openSocket(host, port, remote, signal), remote, lingerTime),
  };
}

function openSocket(host: string, port: number, remote: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const aborted = (): SessionError =>
      new SessionError("aborted", `Connecting to ${remote} was aborted.`, { cause: signal.reason });
    if (signal.aborted) {
      reject(aborted());
      return;
    }
    const socket = connectSocket({ ...socketOptions, host, port });
    socket.pause();
    const abort = (): void => {
      reject(aborted());
      socket.destroy();
    };
    signal.addEventListener("abort", abort, { once: true });
    const fail = (error: unknown): void => {
      signal.removeEventListener("abort", abort);
      reject(tcpError("connect-failed", remote, error));
    };
    socket.once("error", fail);
    socket.once("connect", () => {
      signal.removeEventListener("abort", abort);
      socket.off("error", fail);
      resolve(socket);
    });
  });
}

/**
 * Listens for TCP connections. One that misbehaves ends alone.
 *
 * @throws invalid-argument
 */
export function tcpListener(options: TcpListenerOptions = {}): Listener {
  return new TcpListener(options);
}

class TcpListener implements Listener {
  readonly #options: TcpListenerOptions;
  readonly #asked: { readonly host: string; readonly port: number };
  #server: Server | undefined;

  constructor(options: TcpListenerOptions) {
    const { host = "127.0.0.1", port = 0, maxConnections } = options;
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new SessionError("invalid-argument", `A port to listen at is 0 to 65535, not ${port}.`);
    }
    if (maxConnections !== undefined && (!Number.isInteger(maxConnections) || maxConnections < 1)) {
      throw new SessionError("invalid-argument", `maxConnections is 1 or more, not ${maxConnections}.`);
    }
    this.#options = options;
    this.#asked = { host, port };
  }

  listen(onConnection: (connection: Connection) => void): Promise<string> {
    const where = formatTcpAddress(this.#asked);
    const { maxConnections, onError, lingerTime = defaultLingerTime } = this.#options;
    return new Promise((resolve, reject) => {
      if (this.#server !== undefined) {
        throw new SessionError("listen-failed", `${where} is already listening: close it first.`);
      }
      const server = createServer({ ...socketOptions, pauseOnConnect: true });
      this.#server = server;
      if (maxConnections !== undefined) server.maxConnections = maxConnections;
      server.on("connection", socket => {
        onConnection(new TcpConnection(socket, remoteOf(socket), lingerTime));
      });
      server.once("listening", () => {
        if (this.#server !== server) {
          server.close();
          return;
        }
        server.off("error", fail);
        server.on("error", error => onError?.(tcpError("listen-failed", where, error)));
        const { address, port } = server.address() as AddressInfo;
        resolve(formatTcpAddress({ host: address, port }));
      });
      const fail = (error: unknown): void => {
        if (this.#server === server) this.#server = undefined;
        reject(tcpError("listen-failed", where, error));
      };
      server.once("close", () => {
        reject(new SessionError("listen-failed", `${where} was closed before it listened.`));
      });
      server.on("error", fail);
      server.listen(this.#asked);
    });
  }

  close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return Promise.resolve();
    // The server's own callback would wait for the connections, which are their owners'.
    return new Promise(resolve => {
      server.close();
      setImmediate(resolve);
    });
  }
}

function remoteOf(socket: Socket): string {
  const { remoteAddress: host, remotePort: port } = socket;
  return host === undefined || port === undefined ? "tcp://unknown" : formatTcpAddress({ host, port });
}
