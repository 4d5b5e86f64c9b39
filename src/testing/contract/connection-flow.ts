import { check, checkBytes, checkEqual } from "./check.js";
import { checkCut, patterned, type ConnectionCase } from "./connection-fixture.js";
import { Recorder } from "./recorder.js";

const blockLength = 65_536;
/** No path keeps this many bytes for a reader that does not read. */
const tooMuch = 256 * 1024 * 1024;

/** Back-pressure, pause and resume, and the longest frame. */
export const flowCases: ConnectionCase[] = [
  {
    name: "write returns false when enough is on its way, and drain follows",
    async run({ near, far }) {
      const atNear = new Recorder();
      const atFar = new Recorder();
      near.start(atNear);
      far.start(atFar);
      let written = 0;
      while (near.write(patterned(blockLength, ++written)))
        check(written < 4096, "write never returned false");
      await atNear.until(() => atNear.drains > 0);
      await atFar.received(written);
      checkEqual(atNear.drains, 1, "drains after one refusal");
      checkEqual(near.write(patterned(1, 1)), true, "write after drain");
    },
  },
  {
    name: "a paused reader stops the writer, and nothing is lost",
    async run({ near, far, settle }) {
      const atNear = new Recorder();
      const atFar = new Recorder();
      near.start(atNear);
      far.start(atFar);
      far.pause();
      let written = 0;
      for (let stalled = false; !stalled;) {
        check(
          written * blockLength < tooMuch,
          `the writer was not stopped after ${written * blockLength} bytes`,
        );
        const drains = atNear.drains;
        if (near.write(patterned(blockLength, ++written))) continue;
        await Promise.race([settle(), atNear.until(() => atNear.drains > drains)]);
        stalled = atNear.drains === drains;
      }
      checkEqual(atFar.frames.length, 0, "frames delivered to a paused owner");
      far.resume();
      await atFar.received(written);
      await atNear.until(() => atNear.drains > 0);
      for (let i = 0; i < written; i++)
        checkBytes(atFar.frames[i], patterned(blockLength, i + 1), `frame ${i}`);
      atFar.checkOrder();
    },
  },
  {
    name: "pause inside a call holds back the next frame until resume",
    async run({ near, far, settle }) {
      const atFar = new Recorder();
      near.start(new Recorder());
      far.start(atFar);
      atFar.onFrame = () => far.pause();
      for (let i = 1; i <= 3; i++) near.write(patterned(50, i));
      for (let i = 1; i <= 3; i++) {
        await atFar.received(i);
        await settle();
        checkEqual(atFar.frames.length, i, "frames delivered, with a pause inside each");
        checkBytes(atFar.frames[i - 1], patterned(50, i), `frame ${i}`);
        far.resume();
        checkEqual(atFar.frames.length, i, "frames delivered, those inside resume included");
      }
    },
  },
  {
    name: "pause and resume inside a call neither overlap nor lose anything",
    async run({ near, far }) {
      const atFar = new Recorder();
      near.start(new Recorder());
      far.start(atFar);
      atFar.onFrame = () => {
        far.pause();
        far.resume();
      };
      for (let i = 0; i < 200; i++) near.write(patterned(300, i));
      await atFar.received(200);
      for (let i = 0; i < 200; i++) checkBytes(atFar.frames[i], patterned(300, i), `frame ${i}`);
      atFar.checkOrder();
    },
  },
  {
    name: "an owner that paused before start gets nothing until it resumes",
    async run({ near, far, settle }) {
      const atFar = new Recorder();
      far.pause();
      near.start(new Recorder());
      far.start(atFar);
      near.write(patterned(10, 1));
      await settle();
      checkEqual(atFar.frames.length, 0, "frames delivered to a paused owner");
      far.resume();
      await atFar.received(1);
    },
  },
  {
    name: "X40 a frame longer than the limit ends the connection, and nothing after it is delivered",
    async run(pair) {
      const { near, far, settle } = pair;
      const atNear = new Recorder();
      const atFar = new Recorder();
      near.start(atNear);
      far.setMaxFrameLength(100);
      far.start(atFar);
      near.write(patterned(100, 1));
      near.write(patterned(101, 2));
      near.write(patterned(1, 3));
      checkEqual((await atFar.ended())?.code, "frame-too-long", "the receiver's end");
      checkCut(pair, await atNear.ended(), "the writer's end");
      await settle();
      checkEqual(atFar.frames.length, 1, "frames delivered");
      atFar.checkOrder();
      atNear.checkOrder();
    },
  },
  {
    name: "the limit that is set inside a call holds for the next frame",
    async run({ near, far }) {
      const atFar = new Recorder();
      near.start(new Recorder());
      far.setMaxFrameLength(10);
      atFar.onFrame = frame => far.setMaxFrameLength(frame.length === 10 ? 5000 : 20);
      for (const length of [10, 5000, 21]) near.write(patterned(length, length));
      far.start(atFar);
      checkEqual((await atFar.ended())?.code, "frame-too-long", "the receiver's end");
      checkEqual(atFar.frames.length, 2, "frames delivered");
      checkBytes(atFar.frames[1], patterned(5000, 5000), "the frame that the raised limit let in");
    },
  },
];
