import { MessageChannel } from "node:worker_threads";
import { expect, it } from "vitest";
import { toConnection } from "../../src/attach/index.js";
import { Recorder } from "../../src/testing/contract/recorder.js";

it("X40 a far end that sends on while nobody reads, where nothing can be paused, is cut at the bound", async () => {
  const { port1, port2 } = new MessageChannel();
  const connection = toConnection(port1);
  const recorder = new Recorder();
  connection.pause();
  connection.start(recorder);
  let cut = false;
  port2.on("message", text => (cut ||= text === "cut"));
  const block = new Uint8Array(65_536);
  for (let i = 0; i < 127; i++) port2.postMessage(block);
  await new Promise(resolve => setTimeout(resolve, 200));
  expect([recorder.ends, cut]).toEqual([0, false]);
  port2.postMessage(block);
  port2.postMessage(block);
  expect(await recorder.ended()).toMatchObject({ code: "receive-buffer-full", recovery: "reopen" });
  expect(recorder.frames.length).toBe(0);
  await new Promise(resolve => port2.once("close", resolve));
  expect(cut).toBe(true);
});

it.each([
  ["a value that is no message", { length: 5 }],
  ["a number", 1e9],
  ["nothing", undefined],
  ["no bytes", new Uint8Array(0)],
  ["a number too long", "taken 99999999999"],
  ["a zero", "taken 0"],
])("X40 %s over a MessagePort is a typed error", async (_, value) => {
  const { port1, port2 } = new MessageChannel();
  const recorder = new Recorder();
  toConnection(port1).start(recorder);
  port2.postMessage(value);
  expect((await recorder.ended())?.code).toBe("frame-malformed");
  port2.close();
});

it("X40 bytes that the far end still writes to are copied as they come", async () => {
  const { port1, port2 } = new MessageChannel();
  const connection = toConnection(port1);
  const recorder = new Recorder();
  connection.start(recorder);
  const shared = new Uint8Array(new SharedArrayBuffer(64)).fill(1);
  port2.postMessage(shared);
  await recorder.received(1);
  shared.fill(2);
  expect(recorder.frames[0]).toEqual(new Uint8Array(64).fill(1));
  connection.destroy();
  port2.close();
});
