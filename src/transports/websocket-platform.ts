import type { WebSocketLike } from "../attach/index.js";
import { SessionError } from "../errors/index.js";

/**
 * The platform's own WebSocket, which begins to connect.
 *
 * @throws dependency-missing where it has none; invalid-argument where there are headers, which it cannot send
 */
export function makeWebSocket(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<WebSocketLike> {
  const { WebSocket } = globalThis as { readonly WebSocket?: new (url: string) => WebSocketLike };
  return new Promise(resolve => {
    if (WebSocket === undefined) {
      throw new SessionError("dependency-missing", "This platform has no WebSocket: use another transport.");
    }
    if (Object.keys(headers).length > 0) {
      throw new SessionError("invalid-argument", "The WebSocket of this platform sends no headers of yours.");
    }
    resolve(new WebSocket(url));
  });
}

/** Why it did not open: the platform's WebSocket says nothing, lest a page learn of the network. */
export function webSocketFailed(remote: string): SessionError<"connect-failed"> {
  return new SessionError(
    "connect-failed",
    `Cannot connect to ${remote}: check that the server runs, the address with its path, and for wss:// the certificate.`,
  );
}
