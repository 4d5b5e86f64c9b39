import type { SessionError } from "../errors/index.js";

/** What a connection tells its owner. Calls never overlap, and none comes after `end`. */
export interface ConnectionEvents {
  /** One whole frame, as the far end wrote it. The bytes are the owner's. */
  frame(frame: Uint8Array): void;
  /** After `write` returned false: the connection takes more. */
  drain(): void;
  /** The connection is over; told once. No error where the far end closed it in good order, or this end ended it. */
  end(error?: SessionError): void;
}

/** One path to a peer that carries whole frames. It authenticates nothing. */
export interface Connection {
  /** `ordered`: frames arrive in order, each once, or the connection ends. `datagram`: they may be lost, repeated, reordered. */
  readonly delivery: "ordered" | "datagram";
  /** Where the far end is, for people: `tcp://127.0.0.1:7000`. Not an identity. */
  readonly remote: string;
  /** Begins to deliver. Called once, by the owner; what arrived before is kept till then. */
  start(events: ConnectionEvents): void;
  /**
   * Sends one frame of 1 byte or more, whole; its bytes must not change afterwards. False asks the owner to wait for
   * `drain`; the frame has been taken all the same, unless the connection was closed or is over: then it is dropped.
   *
   * @throws invalid-argument where the frame is empty
   */
  write(frame: Uint8Array): boolean;
  /** Stops and restarts delivery; the far end feels it as back-pressure. */
  pause(): void;
  /** Frames are delivered again, after `pause`. */
  resume(): void;
  /** The longest frame, in bytes, that is accepted from now on. A longer one ends the connection before it is stored. */
  setMaxFrameLength(length: number): void;
  /** Closes in good order: what was written still goes out, and frames still come until the far end has closed, too. */
  close(): void;
  /** Ends at once; what was written may be lost. */
  destroy(): void;
}

/** Makes connections to one address. */
export interface Connector {
  /** The address that it connects to, for people and for records. */
  readonly remote: string;
  /**
   * @throws connect-failed, aborted; nothing is left open then
   */
  connect(signal: AbortSignal): Promise<Connection>;
}

/** Takes connections at one address. */
export interface Listener {
  /** Begins to listen; the result says where: a port of 0 has become a real one. @throws listen-failed */
  listen(onConnection: (connection: Connection) => void): Promise<string>;
  /** Takes no more connections. Those taken are their owners'. */
  close(): Promise<void>;
}
