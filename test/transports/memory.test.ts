import { describe, expect, it } from "vitest";
import type { SessionError } from "../../src/errors/index.js";
import { connectionContract } from "../../src/testing/contract/connection-contract.js";
import { patterned } from "../../src/testing/contract/connection-fixture.js";
import { endpointContract } from "../../src/testing/contract/endpoint-contract.js";
import { Recorder } from "../../src/testing/contract/recorder.js";
import { memoryConnector, memoryListener, memoryPair, type Schedule } from "../../src/transports/memory.js";

const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

/** A scheduler that runs steps one by one, when told to. */
class ManualSchedule {
  readonly steps: (() => void)[] = [];
  readonly schedule: Schedule = step => this.steps.push(step);

  run(count = Infinity): number {
    let ran = 0;
    for (; ran < count && this.steps.length > 0; ran++) this.steps.shift()!();
    return ran;
  }
}

describe("connection contract: memory", () => {
  const makePair = () => {
    const [near, far] = memoryPair();
    return Promise.resolve({ near, far, settle, dispose: () => Promise.resolve() });
  };
  for (const { name, run } of connectionContract(makePair)) it(name, run);
});

describe("endpoint contract: memory", () => {
  const makeEndpoint = () => {
    const listener = memoryListener();
    return { listener, connector: () => memoryConnector(listener) };
  };
  for (const { name, run } of endpointContract(makeEndpoint)) it(name, run);
});

describe("memory pair", () => {
  it("moves only when the scheduler runs a step, one event a step, the same way each time", () => {
    const trace = (): string[] => {
      const manual = new ManualSchedule();
      const [near, far] = memoryPair({ schedule: manual.schedule, highWaterMark: 20 });
      const log: string[] = [];
      const owner = (name: string) => ({
        frame: (frame: Uint8Array) => log.push(`${name} frame ${frame.length}`),
        drain: () => log.push(`${name} drain`),
        end: (error?: SessionError) => log.push(`${name} end ${error?.code ?? "well"}`),
      });
      near.start(owner("near"));
      far.start(owner("far"));
      manual.run();
      for (const length of [10, 11, 1]) log.push(`write ${length} ${near.write(new Uint8Array(length))}`);
      far.write(new Uint8Array(5));
      near.close();
      for (let i = 1; manual.run(1) > 0; i++) log.push(`- ${i}`);
      return log;
    };
    const log = trace();
    expect(log.filter(line => line.startsWith("write"))).toEqual([
      "write 10 true",
      "write 11 false",
      "write 1 false",
    ]);
    for (let i = 1; i < log.length; i++) {
      expect(log[i]!.startsWith("-") || log[i - 1]!.startsWith("-") || log[i - 1]!.startsWith("write")).toBe(
        true,
      );
    }
    expect(log.filter(line => line.startsWith("far"))).toEqual([
      "far frame 10",
      "far frame 11",
      "far frame 1",
      "far end well",
    ]);
    expect(log.filter(line => line.startsWith("near"))).toEqual(["near frame 5", "near end well"]);
    expect(trace()).toEqual(log);
  });

  it("drains at half of the high-water mark", () => {
    const manual = new ManualSchedule();
    const [near, far] = memoryPair({ schedule: manual.schedule, highWaterMark: 100 });
    const [atNear, atFar] = [new Recorder(), new Recorder()];
    near.start(atNear);
    far.start(atFar);
    far.pause();
    expect([50, 49, 1, 1].map(length => near.write(new Uint8Array(length)))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    manual.run();
    expect(atNear.drains).toBe(0);
    atFar.onFrame = () => far.pause();
    far.resume();
    manual.run();
    expect([atFar.frames.length, atNear.drains]).toEqual([1, 0]);
    far.resume();
    manual.run();
    expect([atFar.frames.length, atNear.drains]).toEqual([2, 1]);
  });

  it("drops a datagram that is too long, and goes on", async () => {
    const [near, far] = memoryPair({ delivery: "datagram" });
    expect([near.delivery, far.delivery]).toEqual(["datagram", "datagram"]);
    const atFar = new Recorder();
    far.setMaxFrameLength(10);
    far.start(atFar);
    for (const length of [5, 11, 10]) near.write(patterned(length, length));
    await atFar.received(2);
    await settle();
    expect([atFar.frames.map(frame => frame.length), atFar.ends]).toEqual([[5, 10], 0]);
  });

  it("an owner that throws loses neither later frames nor the end", () => {
    const manual = new ManualSchedule();
    const [near, far] = memoryPair({ schedule: manual.schedule });
    const atFar = new Recorder();
    atFar.onFrame = () => {
      throw new Error("the owner's own");
    };
    far.start(atFar);
    near.write(new Uint8Array(1));
    near.write(new Uint8Array(2));
    near.close();
    let thrown = 0;
    while (manual.steps.length > 0) {
      try {
        manual.run();
      } catch {
        thrown++;
      }
    }
    expect([thrown, atFar.frames.length, atFar.ends]).toEqual([2, 2, 1]);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses a limit of %d", limit => {
    expect(() => memoryPair({ highWaterMark: limit })).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
    expect(() => memoryPair()[0].setMaxFrameLength(limit)).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
  });
});
