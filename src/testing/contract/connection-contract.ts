import type { Connection } from "../../ports/index.js";
import { check, checkBytes, checkEqual, type ContractCase } from "./check.js";
import { closingCases } from "./connection-closing.js";
import { flowCases } from "./connection-flow.js";
import { patterned, runOn, type ConnectionCase, type PairMaker } from "./connection-fixture.js";
import { Recorder } from "./recorder.js";

export type { ContractCase } from "./check.js";
export type { ConnectionPair, PairMaker } from "./connection-fixture.js";

/**
 * What every ordered `Connection` must do, as cases for any test runner. A case that hangs has failed: give each a time-out.
 *
 * `makePair` is called once for each case: it returns both ends of a fresh connection, neither of them started.
 */
export function connectionContract(makePair: PairMaker): ContractCase[] {
  return [...deliveryCases, ...flowCases, ...closingCases].map(one => runOn(makePair, one));
}

const edges = [1, 2, 3, 4, 5, 127, 128, 1400, 65_531, 65_532, 65_535, 65_536, 65_537, 1_048_576, 1_048_640];

const deliveryCases: ConnectionCase[] = [
  {
    name: "says how it delivers, and where the far end is",
    run({ near, far }) {
      for (const end of [near, far]) {
        checkEqual(end.delivery, "ordered", "delivery");
        check(end.remote.length > 0, "remote is empty");
      }
      return Promise.resolve();
    },
  },
  {
    name: "carries frames of 1 byte to 1 MiB + 64, whole and in order, both ways at once",
    async run({ near, far }) {
      const [atNear, atFar] = startBoth(near, far);
      const frames = edges.map((length, i) => patterned(length, i));
      for (const frame of frames) {
        near.write(frame);
        far.write(frame);
      }
      await Promise.all([atNear.received(frames.length), atFar.received(frames.length)]);
      for (const recorder of [atNear, atFar]) {
        frames.forEach((frame, i) => checkBytes(recorder.frames[i], frame, `frame ${i}`));
        recorder.checkOrder();
      }
    },
  },
  {
    name: "carries many small frames that were written at once",
    async run({ near, far }) {
      const [, atFar] = startBoth(near, far);
      const count = 5000;
      for (let i = 0; i < count; i++) near.write(patterned(1 + (i % 64), i));
      await atFar.received(count);
      for (let i = 0; i < count; i++) checkBytes(atFar.frames[i], patterned(1 + (i % 64), i), `frame ${i}`);
    },
  },
  {
    name: "delivers each frame in bytes of its own",
    async run({ near, far }) {
      const [, atFar] = startBoth(near, far);
      const written = patterned(1000, 1);
      near.write(written);
      near.write(written);
      await atFar.received(2);
      atFar.frames[0]!.fill(0);
      checkBytes(atFar.frames[1], patterned(1000, 1), "the second frame, when the first is overwritten");
      checkBytes(written, patterned(1000, 1), "the writer's bytes");
    },
  },
  {
    name: "delivers nothing before write has returned",
    async run({ near, far }) {
      const [, atFar] = startBoth(near, far);
      near.write(patterned(10, 1));
      checkEqual(atFar.frames.length, 0, "frames delivered inside write");
      await atFar.received(1);
    },
  },
  {
    name: "keeps what arrived before start, at either end",
    async run({ near, far, settle }) {
      for (const end of [near, far]) {
        end.write(patterned(100, 1));
        end.write(patterned(200, 2));
      }
      await settle();
      for (const end of [near, far]) {
        const recorder = new Recorder();
        end.start(recorder);
        checkEqual(recorder.frames.length, 0, "frames delivered inside start");
        await recorder.received(2);
        checkBytes(recorder.frames[0], patterned(100, 1), "the first frame");
        checkBytes(recorder.frames[1], patterned(200, 2), "the second frame");
      }
    },
  },
  {
    name: "lets the owner write inside a call",
    async run({ near, far }) {
      const [atNear, atFar] = startBoth(near, far);
      atFar.onFrame = frame => far.write(frame);
      for (let i = 0; i < 100; i++) near.write(patterned(1 + i, i));
      await atNear.received(100);
      checkBytes(atNear.frames[99], patterned(100, 99), "the last answer");
      atNear.checkOrder();
      atFar.checkOrder();
    },
  },
  {
    name: "refuses an empty frame and goes on",
    async run({ near, far }) {
      const [, atFar] = startBoth(near, far);
      checkEqual(
        codeOf(() => near.write(new Uint8Array(0))),
        "invalid-argument",
        "writing an empty frame throws",
      );
      near.write(patterned(5, 1));
      await atFar.received(1);
      checkBytes(atFar.frames[0], patterned(5, 1), "the frame after it");
    },
  },
  {
    name: "refuses a second owner",
    run({ near }) {
      near.start(new Recorder());
      checkEqual(
        codeOf(() => near.start(new Recorder())),
        "invalid-argument",
        "starting twice throws",
      );
      return Promise.resolve();
    },
  },
];

function startBoth(near: Connection, far: Connection): [Recorder, Recorder] {
  const recorders: [Recorder, Recorder] = [new Recorder(), new Recorder()];
  near.start(recorders[0]);
  far.start(recorders[1]);
  return recorders;
}

function codeOf(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
}
