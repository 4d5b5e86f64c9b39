import { createServer, type Server, type Socket } from "node:net";
import type { Session } from "../../index.js";
import type { TcpAddress } from "../../transports/tcp-address.js";
import { tcpError } from "../../transports/tcp-errors.js";
import { failureText } from "../failure.js";
import type { Reporter } from "../reporter.js";
import { SessionLink } from "../session-link.js";
import { forwardLabel, resetText } from "./forward-protocol.js";
import { joinSocket } from "./join-socket.js";

export interface NearEndOptions {
  readonly from: TcpAddress;
  readonly open: (signal: AbortSignal) => Promise<Session>;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Milliseconds for which a connection waits for a session that is away. */
  readonly wait: number;
  /** Milliseconds between two questions whether the far end is there. */
  readonly keepAlive: number;
}

/** The end where programs connect: one stream of the session for each connection. */
export async function runNearEnd(options: NearEndOptions): Promise<void> {
  const { open, reporter, signal, keepAlive } = options;
  const link = new SessionLink({ open, reporter, signal, keepAlive });
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, socket => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    carry(socket, link, options).catch((error: unknown) => {
      socket.resetAndDestroy();
      options.reporter.warn(error);
    });
  });
  await listen(server, options.from, reporter);
  try {
    await link.keep();
  } finally {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
}

function listen(server: Server, { host, port }: TcpAddress, reporter: Reporter): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(tcpError("listen-failed", `${host}:${port}`, error));
    server.once("error", fail);
    server.listen({ host, port }, () => {
      server.off("error", fail);
      server.on("error", error => reporter.warn(error));
      const bound = server.address();
      const where = typeof bound === "object" && bound !== null ? bound.port : port;
      const address = `${host.includes(":") ? `[${host}]` : host}:${where}`;
      reporter.tell("listening", { address }, `listening at ${address}`);
      resolve();
    });
  });
}

async function carry(socket: Socket, link: SessionLink, { reporter, wait }: NearEndOptions): Promise<void> {
  const from = `${socket.remoteAddress ?? "unknown"}:${socket.remotePort ?? 0}`;
  socket.on("error", () => undefined);
  const session = await link.session(wait);
  if (session === undefined) {
    socket.resetAndDestroy();
    reporter.tell(
      "refused",
      { from },
      `refused a connection of ${from}: there is no session with the far end at the moment`,
    );
    return;
  }
  const stream = session.openStream({ label: forwardLabel });
  try {
    if (reporter.json) reporter.print({ event: "opened", from, stream: stream.id });
    const joined = await joinSocket(socket, stream);
    if (reporter.json) reporter.print({ event: "closed", from, stream: stream.id, ...joined });
  } catch (error) {
    socket.resetAndDestroy();
    const message = resetText(stream) ?? failureText(error);
    reporter.tell("broken", { from, message }, `a connection of ${from} was cut: ${message}`);
  }
}
