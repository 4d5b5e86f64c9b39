import { once } from "node:events";
import type { Socket } from "node:net";
import type { ByteStream } from "../../index.js";
import { forwardCode } from "./forward-protocol.js";

/** Bytes that went each way. */
export interface Joined {
  readonly toStream: number;
  readonly toSocket: number;
}

/**
 * Carries bytes both ways until both ends have said that no more comes; an end of one direction alone is passed on. What breaks one
 * side breaks the other, as a reset. Throws what broke it.
 */
export async function joinSocket(socket: Socket, stream: ByteStream): Promise<Joined> {
  // Every error also ends a loop below.
  socket.on("error", () => undefined);
  const breakBoth = (error: unknown): never => {
    stream.reset(forwardCode.broken);
    socket.resetAndDestroy();
    throw error;
  };
  const directions = [intoStream(socket, stream), intoSocket(stream, socket)].map(direction =>
    direction.catch(breakBoth),
  );
  const results = await Promise.allSettled(directions);
  const broken = results.find(result => result.status === "rejected");
  if (broken !== undefined) throw broken.reason;
  const [toStream = 0, toSocket = 0] = await Promise.all(directions);
  return { toStream, toSocket };
}

async function intoStream(socket: Socket, stream: ByteStream): Promise<number> {
  const writer = stream.writable.getWriter();
  let count = 0;
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer;
    count += bytes.length;
    await writer.write(bytes);
  }
  await writer.close();
  return count;
}

async function intoSocket(stream: ByteStream, socket: Socket): Promise<number> {
  const reader = stream.readable.getReader();
  let count = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    count += value.length;
    if (!socket.write(value)) await drained(socket);
  }
  socket.end();
  return count;
}

async function drained(socket: Socket): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  try {
    await Promise.race([
      once(socket, "drain", { signal }),
      once(socket, "close", { signal }).then(() => {
        throw socket.errored ?? new Error("the connection was closed");
      }),
    ]);
  } finally {
    over.abort();
  }
}
