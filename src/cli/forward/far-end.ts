import { connect, type Socket } from "node:net";
import type { Acceptor, ByteStream, Session } from "../../index.js";
import { formatTcpAddress, type TcpAddress } from "../../transports/tcp-address.js";
import { tcpError } from "../../transports/tcp-errors.js";
import { endText } from "../event-report.js";
import { failureText } from "../failure.js";
import { fingerprintOf } from "../fingerprint.js";
import type { Reporter } from "../reporter.js";
import { otherLabel } from "../stream-codes.js";
import { forwardCode, forwardLabel } from "./forward-protocol.js";
import { joinSocket } from "./join-socket.js";

/** Milliseconds for a connection to the target. */
const connectTimeout = 10_000;

export interface FarEndOptions {
  readonly acceptor: Acceptor;
  readonly to: TcpAddress;
  readonly reporter: Reporter;
}

/** The end that connects to the target: for each stream of each session. */
export async function runFarEnd({ acceptor, to, reporter }: FarEndOptions): Promise<void> {
  for await (const session of acceptor) void serve(session, to, reporter);
}

async function serve(session: Session, to: TcpAddress, reporter: Reporter): Promise<void> {
  const { id, peer, remote } = session;
  reporter.tell(
    "connected",
    { session: id, peer, remote },
    `session ${id.slice(0, 8)} with ${peer.slice(0, 8)} (${fingerprintOf(peer)}) at ${remote}`,
  );
  void ignoreMessages(session);
  try {
    for await (const stream of session.incomingStreams()) {
      // One stream, whatever its peer does, ends neither the others nor the process.
      carry(stream, to, reporter).catch((error: unknown) => reporter.warn(error));
    }
  } catch {
    // How the session ended is told below.
  }
  const message = endText(await session.ended);
  reporter.tell("disconnected", { session: id, peer, message }, `session ${id.slice(0, 8)} ${message}`);
}

/** Messages are no part of forwarding; but unread ones would stop the session. */
async function ignoreMessages(session: Session): Promise<void> {
  try {
    while ((await session.receive()) !== undefined);
  } catch {
    // The session is over.
  }
}

async function carry(stream: ByteStream, to: TcpAddress, reporter: Reporter): Promise<void> {
  if (stream.label !== forwardLabel) {
    stream.reset(otherLabel);
    return;
  }
  let socket: Socket;
  try {
    socket = await connectTo(to, stream.closed);
  } catch (error) {
    if (error instanceof GivenUp) return;
    stream.reset(forwardCode.unreachable);
    const message = failureText(error);
    reporter.tell("unreachable", { to: formatTcpAddress(to), message }, message);
    return;
  }
  try {
    if (reporter.json) reporter.print({ event: "opened", stream: stream.id });
    const joined = await joinSocket(socket, stream);
    if (reporter.json) reporter.print({ event: "closed", stream: stream.id, ...joined });
  } catch (error) {
    if (reporter.json) reporter.print({ event: "broken", stream: stream.id, message: failureText(error) });
  }
}

/** Nobody waits for the connection any more. */
class GivenUp extends Error {}

/** Connects to the target, unless `over` comes first: streams that are reset at once pile up no connections. */
function connectTo(to: TcpAddress, over: Promise<unknown>): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...to, allowHalfOpen: true, noDelay: true });
    const giveUp = (): void => {
      if (!socket.connecting) return;
      socket.destroy();
      reject(new GivenUp());
    };
    over.then(giveUp, giveUp);
    const fail = (error: unknown): void => {
      socket.destroy();
      reject(tcpError("connect-failed", formatTcpAddress(to).slice("tcp://".length), error));
    };
    socket.setTimeout(connectTimeout, () =>
      fail(Object.assign(new Error("timed out"), { code: "ETIMEDOUT" })),
    );
    socket.once("error", fail);
    socket.once("connect", () => {
      socket.setTimeout(0);
      socket.off("error", fail);
      resolve(socket);
    });
  });
}
