import type { Socket } from "node:net";
import { DuplexConnection } from "../attach/index.js";
import { tcpError } from "./tcp-errors.js";

export { defaultLingerTime } from "../attach/index.js";

/** Options that a socket must have been made with, so that the connection decides when it reads and when it ends. */
export const socketOptions = { allowHalfOpen: true, noDelay: true, highWaterMark: 65_536 } as const;

/** Frames over one TCP socket. The socket comes connected and paused, made with `socketOptions`, and is the connection's own. */
export class TcpConnection extends DuplexConnection {
  /** `lingerTime`: milliseconds. */
  constructor(socket: Socket, remote: string, lingerTime: number) {
    super(socket, { remote, lingerTime, lost: cause => tcpError("connection-lost", remote, cause) });
  }
}
