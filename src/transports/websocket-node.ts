import { defaultMaxFrameLength, type WebSocketLike } from "../attach/index.js";
import { SessionError } from "../errors/index.js";
import { tcpError } from "./tcp-errors.js";
import { answerPings } from "./websocket-pings.js";

/**
 * A WebSocket of `ws`, which begins to connect.
 *
 * @throws dependency-missing
 */
export async function makeWebSocket(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<WebSocketLike> {
  const { WebSocket } = await import("ws").catch((cause: unknown) => {
    const remedy = "install it beside bowline: npm install ws";
    throw new SessionError("dependency-missing", `WebSocket in Node needs the package ws: ${remedy}`, {
      cause,
    });
  });
  const socket = new WebSocket(url, {
    headers,
    // What is sealed does not get smaller, and compression beneath encryption tells lengths.
    perMessageDeflate: false,
    maxPayload: defaultMaxFrameLength,
    autoPong: false,
  });
  answerPings(socket);
  return socket;
}

const refused = /^Unexpected server response: ([0-9]{3})$/;

/** Why it did not open. */
export function webSocketFailed(remote: string, cause: unknown): SessionError<"connect-failed"> {
  const [, status] = refused.exec(cause instanceof Error ? cause.message : "") ?? [];
  if (status === undefined) return tcpError("connect-failed", remote, cause);
  const remedy = "check the path of the address, and who may connect there.";
  return new SessionError(
    "connect-failed",
    `Cannot connect to ${remote}: the server answered ${status}: ${remedy}`,
    { cause },
  );
}
