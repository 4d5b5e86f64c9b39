/** Bytes that wait to be sent, from which a ping gets no answer: one who does not read must not make this end buffer. */
const mostBuffered = 65_536;

/** What is used of a WebSocket of `ws`, made with `autoPong: false`. */
interface Pinged {
  readonly bufferedAmount: number;
  on(event: "ping", listener: (data: Uint8Array) => void): unknown;
  pong(data: Uint8Array): void;
}

/** Answers the far end's pings, as long as it takes the answers. */
export function answerPings(socket: Pinged): void {
  socket.on("ping", data => {
    if (socket.bufferedAmount < mostBuffered) socket.pong(data);
  });
}
