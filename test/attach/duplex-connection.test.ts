import { Duplex } from "node:stream";
import { expect, it } from "vitest";
import { DuplexConnection } from "../../src/attach/duplex-connection.js";
import { encodeFrame } from "../../src/attach/framing.js";
import { connectionLost } from "../../src/attach/lost.js";

const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

it("fault 9 reads no more of a stream while what has come is enough to pause it again", async () => {
  let read = 0;
  const block = Buffer.concat(Array.from({ length: 8 }, (_, i) => encodeFrame(Uint8Array.of(i))));
  const stream = new Duplex({
    highWaterMark: 1,
    read() {
      read++;
      this.push(read < 100 ? block : null);
    },
    write: (_chunk, _encoding, done) => done(),
  });
  stream.pause();
  const connection = new DuplexConnection(stream, {
    remote: "a stream without end",
    lingerTime: 1000,
    lost: () => connectionLost("a stream without end", "failed"),
  });
  const received: number[] = [];
  connection.start({
    frame: frame => {
      received.push(frame[0]!);
      connection.pause();
    },
    drain: () => undefined,
    end: () => undefined,
  });
  await settle();
  const first = read;
  for (let i = 0; i < 7; i++) {
    connection.resume();
    await settle();
  }
  expect(received).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(read).toBe(first);
  connection.resume();
  await settle();
  expect(received).toHaveLength(9);
  connection.destroy();
});
