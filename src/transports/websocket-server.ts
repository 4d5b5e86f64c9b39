import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Connection, Listener } from "../ports/index.js";
import { leaveUpgrade, WebSocketGate, type WebSocketRules } from "./websocket-server-gate.js";
import { WebSocketListener, type WebSocketListenerOptions } from "./websocket-server-listener.js";

export type { WebSocketRules } from "./websocket-server-gate.js";
export type {
  GivenServerOptions,
  OwnServerOptions,
  WebSocketListenerOptions,
} from "./websocket-server-listener.js";

/**
 * Listens for WebSockets, with a server of its own or beside what an application's server does. Needs the package `ws`.
 *
 * @throws invalid-argument
 */
export function webSocketListener(options: WebSocketListenerOptions = {}): Listener {
  return new WebSocketListener(options);
}

/** What takes the connections: a `SessionManager`. */
export interface Attaching<Policy, Session> {
  /** `SessionManager.attach`. */
  attach(connection: Connection, options: { readonly allow: Policy }): Promise<Session>;
}

export interface UpgradeHandlerOptions<Policy, Session> extends WebSocketRules {
  /** Which peers get a session. */
  readonly allow: Policy;
  /** Told of each session, once it is established. */
  readonly onSession?: (session: Session) => void;
  /** Told why one was not. Default: nobody; the manager's events tell, too. */
  readonly onError?: (error: unknown) => void;
}

/**
 * A handler for `server.on("upgrade", ...)` of a Node HTTP or HTTPS server. It takes the requests for its path and leaves the others to
 * other handlers; what is no WebSocket's request gets 400. Needs the package `ws`.
 *
 * @throws invalid-argument
 */
export function upgradeHandler<Policy, Session>(
  manager: Attaching<Policy, Session>,
  options: UpgradeHandlerOptions<Policy, Session>,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const gate = new WebSocketGate(options);
  const { allow, onSession, onError = () => undefined } = options;
  return (request, socket, head) => {
    if (!gate.owns(request)) return leaveUpgrade(request);
    gate.take(request, socket, head, connection => {
      const refused = (error: unknown): void => {
        connection.destroy();
        onError(error);
      };
      manager.attach(connection, { allow }).then(onSession, refused).catch(onError);
    });
  };
}
