import { SessionError } from "../errors/index.js";
import type { Connection } from "../ports/index.js";
import { DataChannelPath, isReliable, type DataChannelLike } from "./data-channel.js";
import { DatagramChannelConnection } from "./datagram-channel.js";
import { defaultLingerTime, DuplexConnection, type DuplexLike } from "./duplex-connection.js";
import { connectionLost } from "./lost.js";
import { MessageConnection } from "./message-connection.js";
import { MessagePortPath, type MessagePortLike } from "./message-port.js";
import { duplexRemote, unnamedRemote, webSocketRemote } from "./remote.js";
import { WebSocketPath, type WebSocketLike } from "./websocket.js";

/** What a session can run over: a byte stream of Node, a WebSocket, an RTCDataChannel, a MessagePort, or a connection. */
export type Attachable = Connection | DuplexLike | WebSocketLike | DataChannelLike | MessagePortLike;

type Kind = "connection" | "port" | "channel" | "socket" | "duplex";

/** What tells them apart: the methods of each, and a property that no other has. The first that fits is taken. */
const marks: readonly (readonly [Kind, methods: readonly string[], property?: string])[] = [
  ["connection", ["start", "write", "setMaxFrameLength", "destroy"], "delivery"],
  ["port", ["postMessage", "addEventListener", "start", "close"]],
  ["channel", ["send", "addEventListener", "close"], "bufferedAmountLowThreshold"],
  ["socket", ["send", "addEventListener", "close"], "binaryType"],
  ["duplex", ["on", "write", "end", "pause", "resume", "destroy"]],
];

/**
 * `thing` as a connection, which it belongs to from now on: nobody else may read it, write to it or end it. What it brings before is
 * lost, so attach it in the turn in which it was got. It may still be opening. `remote` is what it is called; by itself it says
 * where it leads, where it knows.
 *
 * @throws invalid-argument where it is none of these, or a byte stream that gives text or objects
 */
export function toConnection(thing: Attachable, remote?: string): Connection {
  switch (kindOf(thing)) {
    case "connection":
      return thing as Connection;
    case "port":
      return new MessageConnection(
        new MessagePortPath(thing as MessagePortLike, remote ?? unnamedRemote("message-port")),
      );
    case "channel":
      return overChannel(thing as DataChannelLike, remote);
    case "socket": {
      const socket = thing as WebSocketLike;
      return new MessageConnection(new WebSocketPath(socket, remote ?? webSocketRemote(socket)));
    }
    case "duplex":
      return overDuplex(thing as DuplexLike, remote);
  }
}

function kindOf(thing: unknown): Kind {
  if (typeof thing === "object" && thing !== null) {
    const members = thing as Readonly<Record<string, unknown>>;
    for (const [kind, methods, property] of marks) {
      const fits = methods.every(name => typeof members[name] === "function");
      if (fits && (property === undefined || property in members)) return kind;
    }
  }
  throw new SessionError(
    "invalid-argument",
    "A session runs over a Duplex or a socket of Node, a WebSocket, an RTCDataChannel, a MessagePort or a Connection; this is none of them.",
  );
}

function overChannel(channel: DataChannelLike, asked: string | undefined): Connection {
  const remote = asked ?? unnamedRemote("rtc");
  return isReliable(channel)
    ? new MessageConnection(new DataChannelPath(channel, remote))
    : new DatagramChannelConnection(channel, remote);
}

/** What a stream of Node says of itself. */
interface StreamState {
  readonly readableObjectMode?: boolean;
  readonly writableObjectMode?: boolean;
  readonly readableEncoding?: string | null;
  allowHalfOpen?: boolean;
}

function overDuplex(duplex: DuplexLike & StreamState, asked: string | undefined): Connection {
  const remote = asked ?? duplexRemote(duplex);
  const { readableObjectMode, writableObjectMode, readableEncoding } = duplex;
  if (readableObjectMode === true || writableObjectMode === true || typeof readableEncoding === "string") {
    throw new SessionError(
      "invalid-argument",
      "A session needs a stream of bytes: this one has objectMode, or an encoding.",
    );
  }
  // Else the stream would end its writing as soon as the far end has ended.
  duplex.allowHalfOpen = true;
  duplex.pause();
  return new DuplexConnection(duplex, {
    remote,
    lingerTime: defaultLingerTime,
    lost: cause => connectionLost(remote, "is gone (see the cause)", cause),
  });
}
