import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { defaultMaxFrameLength, socketRemote, toConnection } from "../attach/index.js";
import { SessionError } from "../errors/index.js";
import type { Connection } from "../ports/index.js";
import { answerPings } from "./websocket-pings.js";

/** Which requests to upgrade become connections. */
export interface WebSocketRules {
  /** The path that they must name, `/bowline`; what follows a `?` does not count. Default: every path. */
  readonly path?: string;
  /**
   * The origins from which pages may connect, `https://example.org`; others get 403. Programs, which send no origin, may
   * in any case: a session proves who the peer is, and no cookie is looked at. Default: every origin.
   */
  readonly origins?: readonly string[];
  /** What the far end is called, where a proxy stands in front: `ws://` and an address. Default: the address of the socket. */
  readonly remote?: (request: IncomingMessage) => string | undefined;
}

/** Turns a server's requests to upgrade into connections. */
export class WebSocketGate {
  readonly #rules: WebSocketRules;
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // What is sealed does not get smaller, and compression beneath encryption tells lengths.
    perMessageDeflate: false,
    maxPayload: defaultMaxFrameLength,
    autoPong: false,
  });

  /** @throws invalid-argument */
  constructor(rules: WebSocketRules) {
    const { path } = rules;
    if (path !== undefined && !/^\/[^?#\s]*$/.test(path)) {
      throw new SessionError("invalid-argument", `A path begins with a slash, and has no query: ${path}`);
    }
    this.#rules = rules;
  }

  /** Whether the request is for this gate. */
  owns({ url = "" }: IncomingMessage): boolean {
    const { path } = this.#rules;
    return path === undefined || url.split("?", 1)[0] === path;
  }

  /** Answers a request that it owns. What is no WebSocket's request gets 400, by `ws`. */
  take(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    onConnection: (connection: Connection) => void,
  ): void {
    const { origin } = request.headers;
    if (origin !== undefined && this.#rules.origins?.includes(origin) === false) {
      refuseUpgrade(socket, 403);
      return;
    }
    const remote = this.#rules.remote?.(request) ?? remoteOf(request);
    this.#server.handleUpgrade(request, socket, head, webSocket => {
      answerPings(webSocket);
      onConnection(toConnection(webSocket, remote));
    });
  }
}

function remoteOf({ socket }: IncomingMessage): string {
  const scheme = "encrypted" in socket ? "wss" : "ws";
  return socketRemote(scheme, socket) ?? `${scheme}://unknown`;
}

/** Milliseconds in which another handler must have answered a request that is not this one's. */
const othersPatience = 10_000;

/**
 * Leaves a request to other handlers. Node has taken its own listeners off the socket: without one, a reset of it would end the process, and
 * where nobody answers it would stay for ever.
 */
export function leaveUpgrade({ socket }: IncomingMessage): void {
  const { bytesWritten } = socket;
  socket.on("error", () => socket.destroy());
  const timer = setTimeout(() => {
    if (socket.bytesWritten === bytesWritten) socket.destroy();
  }, othersPatience);
  timer.unref();
  socket.once("close", () => clearTimeout(timer));
}

/** Says no to a request to upgrade, and ends its socket. */
export function refuseUpgrade(socket: Duplex, status: number): void {
  socket.on("error", () => socket.destroy());
  socket.once("finish", () => socket.destroy());
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, "Connection: close", "Content-Length: 0"];
  socket.end(`${lines.join("\r\n")}\r\n\r\n`);
}
