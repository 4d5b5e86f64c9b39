import { makeWebSocket, webSocketFailed } from "#websocket";
import { plainWebSocketUrl, toConnection, type WebSocketLike } from "../attach/index.js";
import { SessionError } from "../errors/index.js";
import type { Connection, Connector } from "../ports/index.js";

/** How `webSocket` connects. */
export interface WebSocketOptions {
  /** Headers of the request, for servers and proxies on the way. Node only: other platforms send none. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Connects to `url`: `ws://example.org/path` or `wss://`. In Node through the package `ws`, which must be installed; elsewhere by
 * the platform's own WebSocket. Sessions are encrypted either way: `wss://` hides the path and pleases proxies.
 *
 * The connector throws dependency-missing where there is no `ws`.
 *
 * @throws invalid-argument
 */
export function webSocket(url: string, options: WebSocketOptions = {}): Connector {
  const { address, remote } = checkedUrl(url);
  return { remote, connect: signal => connect(address, remote, options.headers ?? {}, signal) };
}

function checkedUrl(url: string): { readonly address: string; readonly remote: string } {
  const address = URL.canParse(url) ? new URL(url).href : "";
  const remote = plainWebSocketUrl(address);
  if (remote === undefined || address.includes("#")) {
    const said = JSON.stringify(url.length > 100 ? `${url.slice(0, 100)}...` : url);
    throw new SessionError(
      "invalid-argument",
      `${said} is no WebSocket address: write ws://host:port/path or wss://host/path.`,
    );
  }
  return { address, remote };
}

async function connect(
  url: string,
  remote: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Connection> {
  const aborted = (): SessionError =>
    new SessionError("aborted", `Connecting to ${remote} was aborted.`, { cause: signal.reason });
  if (signal.aborted) throw aborted();
  const socket = await makeWebSocket(url, headers);
  // At once: what comes with the opening would be lost.
  const connection = toConnection(socket, remote);
  try {
    await opened(socket, remote, signal, aborted);
    return connection;
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

function opened(
  socket: WebSocketLike,
  remote: string,
  signal: AbortSignal,
  aborted: () => SessionError,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(aborted());
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    socket.addEventListener("open", () => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
    const fail = (event: unknown): void => {
      signal.removeEventListener("abort", abort);
      reject(webSocketFailed(remote, (event as { readonly error?: unknown }).error));
    };
    socket.addEventListener("error", fail);
    socket.addEventListener("close", fail);
  });
}
