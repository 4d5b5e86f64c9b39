import { check, checkBytes, checkEqual } from "./check.js";
import { checkCut, patterned, type ConnectionCase, type ConnectionPair } from "./connection-fixture.js";
import { Recorder } from "./recorder.js";

const blockLength = 65_536;
const blocks = 64;

function writeBlocks({ near }: ConnectionPair): void {
  for (let i = 0; i < blocks; i++) near.write(patterned(blockLength, i));
}

function checkBlocks(recorder: Recorder): void {
  checkEqual(recorder.frames.length, blocks, "frames delivered");
  for (let i = 0; i < blocks; i++) checkBytes(recorder.frames[i], patterned(blockLength, i), `frame ${i}`);
}

async function checkGoodEnd(recorder: Recorder, settle: () => Promise<void>): Promise<void> {
  const error = await recorder.ended();
  check(error === undefined, `ended with ${error?.code}: ${error?.message}`);
  await settle();
  checkEqual(recorder.ends, 1, "ends");
  recorder.checkOrder();
}

/** The ways in which a connection ends. */
export const closingCases: ConnectionCase[] = [
  {
    name: "close delivers everything that was written, then both ends end in good order, once",
    async run(pair) {
      const { near, far, settle } = pair;
      const atNear = new Recorder();
      const atFar = new Recorder();
      near.start(atNear);
      far.start(atFar);
      writeBlocks(pair);
      near.close();
      near.close();
      checkEqual(near.write(patterned(1, 1)), false, "write after close");
      await checkGoodEnd(atFar, settle);
      await checkGoodEnd(atNear, settle);
      checkBlocks(atFar);
    },
  },
  {
    name: "both ends close at once: each still gets what the other wrote",
    async run({ near, far, settle }) {
      const ends = [near, far].map(end => ({ end, recorder: new Recorder() }));
      for (const { end, recorder } of ends) end.start(recorder);
      for (const { end } of ends) for (let i = 0; i < 20; i++) end.write(patterned(1000 + i, i));
      for (const { end } of ends) end.close();
      for (const { recorder } of ends) {
        await checkGoodEnd(recorder, settle);
        checkEqual(recorder.frames.length, 20, "frames delivered");
      }
    },
  },
  {
    name: "an end that has closed still gets what the far end writes until it closes too",
    async run({ near, far, settle }) {
      const atNear = new Recorder();
      const atFar = new Recorder();
      near.start(atNear);
      far.start(atFar);
      atFar.onFrame = frame => {
        if (atFar.frames.length === 1) far.pause();
        far.write(frame);
      };
      for (let i = 0; i < 10; i++) near.write(patterned(500, i));
      near.close();
      await atFar.received(1);
      await settle();
      far.resume();
      await checkGoodEnd(atNear, settle);
      checkEqual(atNear.frames.length, 10, "answers delivered after close");
    },
  },
  {
    name: "a paused owner hears of the far end's close only after it has resumed and got everything",
    async run({ near, far, settle }) {
      const atFar = new Recorder();
      near.start(new Recorder());
      far.start(atFar);
      atFar.onFrame = () => far.pause();
      near.write(patterned(10, 1));
      near.write(patterned(20, 2));
      near.close();
      await atFar.received(1);
      await settle();
      checkEqual(atFar.frames.length + atFar.ends, 1, "events before resume");
      far.resume();
      await atFar.received(2);
      await settle();
      checkEqual(atFar.ends, 0, "ends before the second resume");
      far.resume();
      await checkGoodEnd(atFar, settle);
    },
  },
  {
    name: "an owner that destroys its end when it is told of the close leaves the far end its good order",
    async run({ near, far, settle }) {
      const atNear = new Recorder();
      const atFar = new Recorder();
      atFar.onEnd = () => far.destroy();
      near.start(atNear);
      far.start(atFar);
      near.write(patterned(10, 1));
      near.close();
      await checkGoodEnd(atFar, settle);
      await checkGoodEnd(atNear, settle);
    },
  },
  {
    name: "destroy ends this end at once, in good order, and the far end as lost; each once",
    async run(pair) {
      const { near, far, settle } = pair;
      const atNear = new Recorder();
      const atFar = new Recorder();
      near.start(atNear);
      far.start(atFar);
      near.write(patterned(10, 1));
      await atFar.received(1);
      near.destroy();
      near.destroy();
      near.close();
      checkEqual(atNear.ends, 0, "ends inside destroy");
      checkEqual(near.write(patterned(1, 1)), false, "write after destroy");
      await checkGoodEnd(atNear, settle);
      checkCut(pair, await atFar.ended(), "the far end's end");
      await settle();
      atFar.checkOrder();
    },
  },
  {
    name: "destroy half-way: the far end gets a beginning of what was written, then one end",
    async run(pair) {
      const { near, far, settle } = pair;
      const atFar = new Recorder();
      near.start(new Recorder());
      far.start(atFar);
      writeBlocks(pair);
      await atFar.received(1);
      near.destroy();
      await atFar.ended();
      await settle();
      checkEqual(atFar.ends, 1, "ends");
      atFar.frames.forEach((frame, i) => checkBytes(frame, patterned(blockLength, i), `frame ${i}`));
      atFar.checkOrder();
    },
  },
  {
    name: "destroy inside a call: no frame after it",
    async run({ near, far, settle }) {
      const atFar = new Recorder();
      near.start(new Recorder());
      far.start(atFar);
      atFar.onFrame = () => far.destroy();
      for (let i = 0; i < 10; i++) near.write(patterned(10, i));
      await checkGoodEnd(atFar, settle);
      checkEqual(atFar.frames.length, 1, "frames delivered");
    },
  },
  {
    name: "destroy ends a paused owner too",
    async run({ near, far, settle }) {
      const atNear = new Recorder();
      near.start(atNear);
      far.start(new Recorder());
      near.pause();
      near.destroy();
      await checkGoodEnd(atNear, settle);
    },
  },
  {
    name: "writing after the end does nothing",
    async run({ near, far, settle }) {
      const atNear = new Recorder();
      near.start(atNear);
      far.start(new Recorder());
      far.close();
      await checkGoodEnd(atNear, settle);
      checkEqual(near.write(patterned(10, 1)), false, "write after the end");
      near.pause();
      near.resume();
      near.close();
      near.destroy();
      await settle();
      checkEqual(atNear.ends, 1, "ends");
      atNear.checkOrder();
    },
  },
  {
    name: "an owner that starts after the connection is over is told so, once",
    async run({ near, far, settle }) {
      near.close();
      far.destroy();
      await settle();
      for (const end of [near, far]) {
        const recorder = new Recorder();
        end.start(recorder);
        checkEqual(recorder.ends, 0, "ends inside start");
        await recorder.ended();
        await settle();
        checkEqual(recorder.ends, 1, "ends");
        recorder.checkOrder();
      }
    },
  },
];
