import type { Connector, Listener } from "../index.js";
import { formatTcpAddress, parseTcpAddress, type TcpAddress } from "../transports/tcp-address.js";
import { tcp, tcpListener } from "../transports/tcp.js";
import { webSocketListener } from "../transports/websocket-server.js";
import { webSocket } from "../transports/websocket.js";
import { UsageError } from "./failure.js";

/** HOST:PORT of a plain TCP socket; port 0, any that is free, only where `anyPort` is true. */
export function parseHostPort(text: string, option: string, anyPort = false): TcpAddress {
  try {
    if (!anyPort || !text.endsWith(":0")) return parseTcpAddress(text);
    return { ...parseTcpAddress(`${text.slice(0, -1)}1`), port: 0 };
  } catch (cause) {
    const [example, lowest] = anyPort ? ["127.0.0.1:8080", 0] : ["127.0.0.1:80", 1];
    throw new UsageError(
      `${option} ${JSON.stringify(text)} is no HOST:PORT: write it as ${example}, with a port from ${lowest} to 65535.`,
      { cause },
    );
  }
}

/** An address of a session: `tcp://HOST:PORT` or `ws://HOST:PORT/path`. */
export interface SessionAddress {
  /** The one spelling, under which a peer is known. */
  readonly text: string;
  connector(): Connector;
  listener(onError: (error: unknown) => void): Listener;
}

/** Reads an address; port 0, any that is free, only where `anyPort` is true: to listen at. */
export function parseSessionAddress(text: string, option: string, anyPort = false): SessionAddress {
  const scheme = /^([a-z]+):\/\//.exec(text)?.[1];
  if (scheme === "tcp") return tcpAddress(text, option, anyPort);
  if (scheme === "ws" || (scheme === "wss" && !anyPort)) return webSocketAddress(text, option, anyPort);
  const hint =
    scheme === "wss"
      ? "is not to be listened at: listen at ws:// behind a server that has the certificate"
      : "is no address: write tcp://HOST:PORT or ws://HOST:PORT/path";
  throw new UsageError(`${option} ${JSON.stringify(text)} ${hint}.`);
}

function tcpAddress(text: string, option: string, anyPort: boolean): SessionAddress {
  const { host, port } = parseHostPort(text, option, anyPort);
  return {
    text: formatTcpAddress({ host, port }),
    connector: () => tcp(text),
    listener: onError => tcpListener({ host, port, onError }),
  };
}

function webSocketAddress(text: string, option: string, anyPort: boolean): SessionAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== "" || url.hash !== "" || (anyPort && url.search !== "")) {
    throw new UsageError(`${option} ${JSON.stringify(text)} is no address: write ws://HOST:PORT/path.`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? 80 : Number(url.port);
  if (port === 0 && !anyPort)
    throw new UsageError(`${option} ${text} has port 0: say at which one the far end listens.`);
  return {
    text: url.href,
    connector: () => webSocket(url.href),
    listener: onError => webSocketListener({ host, port, path: url.pathname, onError }),
  };
}
