import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { Console } from "node:console";
import { Writable } from "node:stream";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { platformDiagnostics as nothing } from "../../src/manager/diagnostics-none.js";
import { platformDiagnostics as node } from "../../src/manager/diagnostics-node.js";
import type { ManagerEvent } from "../../src/manager/index.js";
import { channelNames, Telemetry } from "../../src/manager/telemetry.js";
import type { Logger } from "../../src/ports/index.js";
import { memoryPair } from "../../src/transports/memory.js";
import { BareEnd, duo, pass, settle } from "./support.js";

type Line = { readonly level: string; readonly message: string } & Readonly<Record<string, unknown>>;

class Lines implements Logger {
  readonly lines: Line[] = [];
  readonly debug = this.#writer("debug");
  readonly info = this.#writer("info");
  readonly warn = this.#writer("warn");
  readonly error = this.#writer("error");

  #writer(level: string) {
    return (fields: object, message: string): void => void this.lines.push({ ...fields, level, message });
  }

  of(message: string): Line[] {
    return this.lines.filter(line => line.message === message);
  }
}

const subscriptions: (() => void)[] = [];
afterEach(() => {
  for (const end of subscriptions.splice(0)) end();
  vi.unstubAllEnvs();
});
// Not after each test: managers that a test has made are closed later, and what they then write is still that test's.
beforeEach(() => void vi.restoreAllMocks());
afterAll(() => void vi.restoreAllMocks());
function listenTo(name: string, take: (message: unknown) => void): void {
  subscribe(name, take);
  subscriptions.push(() => unsubscribe(name, take));
}

describe("an injected logger", () => {
  it("gets a line for what happens to sessions, at its level, with short ids", async () => {
    const logger = new Lines();
    const { a, b, join } = await duo({ b: { logger } });
    const { alice, bob } = await join();
    const id = bob.id.slice(0, 8);
    bob.rotateKeys();
    await bob.send("x");
    await alice.receive();
    await alice.close();
    await bob.ended;
    expect(logger.of("established")).toEqual([
      expect.objectContaining({ level: "info", session: id, peer: a.identity.id, suite: bob.suite }),
    ]);
    expect(logger.of("key-rotated")[0]).toMatchObject({ level: "debug", session: id, direction: "sent" });
    expect(logger.of("ended")).toEqual([
      expect.objectContaining({ level: "info", session: id, kind: "closed", by: "peer", reason: "normal" }),
    ]);
    expect(logger.of("frame")).toEqual([]);
    expect(JSON.stringify(logger.lines)).not.toContain(bob.id);
    expect(b.manager.metrics().sessions).toBe(0);
  });

  it("gets warnings: refused connections, sessions that end badly; and the name of what the application threw", async () => {
    const logger = new Lines();
    const { b, join, listener } = await duo({ b: { logger, maxHandshakes: 1 } });
    b.manager.on("ended", () => {
      throw new TypeError("something of the application's, not to be logged");
    });
    for (let i = 0; i < 2; i++) {
      const end = await BareEnd.to(listener);
      if (i === 1) end.connection.write(Uint8Array.of(0xff));
      await settle();
    }
    expect(logger.of("connection-refused")).toEqual([
      expect.objectContaining({ level: "warn", cause: "handshakes", count: 1 }),
    ]);
    await b.manager.close().catch(() => undefined);
    expect(logger.of("ended").some(({ level, kind }) => level === "warn" && kind === "failed")).toBe(false);
    expect(join).toBeTypeOf("function");
    const errors = logger.lines.filter(({ level }) => level === "error");
    expect(errors.map(({ error }) => error)).toContain("TypeError");
    expect(JSON.stringify(logger.lines)).not.toContain("of the application's");
  });

  it("traces frames where that is asked for: direction, type, length, epoch, short id, and nothing else", async () => {
    const logger = new Lines();
    const { join } = await duo({ b: { logger, trace: ["handshake", "frames"] } });
    const { alice, bob } = await join();
    await alice.send("hello");
    await bob.receive();
    const frames = logger.of("frame");
    expect(frames.slice(0, 2)).toMatchObject([
      { level: "debug", direction: "received", type: "offer", session: undefined },
      { level: "debug", direction: "sent", type: "handshake", session: undefined },
    ]);
    const message = frames.find(({ type }) => type === "message")!;
    const { remote, ...rest } = message;
    expect(remote).toContain("memory://");
    expect(rest).toEqual({
      level: "debug",
      message: "frame",
      direction: "received",
      type: "message",
      length: 2 + 28 + 5,
      epoch: 0,
      session: bob.id.slice(0, 8),
    });
    for (const frame of frames)
      expect(Object.keys(frame).length - 2).toBeLessThanOrEqual(Object.keys(rest).length);
  });

  it.each([
    ["handshake", ["offer", "handshake"], ["message"]],
    ["frames", ["message"], ["offer", "handshake"]],
  ] as const)("traces %s alone", async (scope, shown, hidden) => {
    const logger = new Lines();
    const { join } = await duo({ b: { logger, trace: [scope] } });
    const { alice, bob } = await join();
    await alice.send("hello");
    await bob.receive();
    const types = logger.of("frame").map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining([...shown]));
    for (const type of hidden) expect(types).not.toContain(type);
  });

  it("traces what is no frame of ours as what it is", () => {
    const logger = new Lines();
    const [near, far] = memoryPair();
    const telemetry = new Telemetry(nothing, { logger, trace: ["frames"] });
    const traced = telemetry.traced(near, () => undefined);
    new BareEnd(far);
    traced.start({ frame: () => undefined, drain: () => undefined, end: () => undefined });
    for (const frame of [[0xee], [0x10], [0x10, 1, 2, 3]]) traced.write(Uint8Array.from(frame));
    expect(logger.of("frame").map(({ type, length, epoch }) => [type, length, epoch])).toEqual([
      ["unknown 238", 1, undefined],
      ["message", 1, undefined],
      ["message", 4, undefined],
    ]);
  });

  it("that throws harms nobody", async () => {
    const fail = (): never => {
      throw new Error("the disk is full");
    };
    const logger = { debug: fail, info: fail, warn: fail, error: fail };
    const { join } = await duo({ a: { logger, trace: ["frames"] }, b: { logger, trace: ["handshake"] } });
    const { alice, bob } = await join();
    await alice.send("x");
    expect((await bob.receive())?.text()).toBe("x");
    await alice.close();
    expect(await bob.ended).toMatchObject({ kind: "closed" });
  });

  it("may be the console", async () => {
    let text = "";
    const stdout = new Writable({
      write: (chunk, _encoding, done) => {
        text += String(chunk);
        done();
      },
    });
    const logger = new Console({ stdout, stderr: stdout });
    const { join } = await duo({ b: { logger } });
    await join();
    expect(text).toMatch(/session: '[0-9a-f]{8}'.*established/s);
  });
});

describe("BOWLINE_DEBUG", () => {
  const shown = async (value: string): Promise<string> => {
    vi.stubEnv("BOWLINE_DEBUG", value);
    let text = "";
    vi.spyOn(process.stderr, "write").mockImplementation(chunk => {
      text += String(chunk);
      return true;
    });
    const { join } = await duo();
    const { alice, bob } = await join();
    await alice.send("hello");
    await bob.receive();
    return text;
  };

  it.each([
    ["1", ["established", "type=offer", "type=message"], []],
    ["handshake", ["established", "type=offer"], ["type=message"]],
    ["frames", ["established", "type=message"], ["type=offer"]],
    ["handshake, frames", ["established", "type=offer", "type=message"], []],
  ])("=%s shows on standard error what it is asked for, one line each", async (value, there, absent) => {
    const text = await shown(value);
    for (const part of there) expect(text).toContain(part);
    for (const part of absent) expect(text).not.toContain(part);
    for (const line of text.trimEnd().split("\n")) expect(line).toMatch(/^bowline (debug|info|warn|error) /);
  });

  it.each(["", "0", "nonsense", "toString"])("=%s shows nothing", async value => {
    expect(await shown(value)).toBe("");
  });

  it("writes one line whatever a value holds", () => {
    vi.stubEnv("BOWLINE_DEBUG", "1");
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    node.requested()!.logger.info({ remote: "a\nb c", n: 1, none: undefined }, "established");
    expect(write.mock.calls).toEqual([['bowline info established: remote="a\\nb c" n=1\n']]);
  });
});

describe("diagnostics channels", () => {
  it("publish each event to whoever has subscribed, and nothing is built for anybody else", async () => {
    const { b, join } = await duo();
    const published: ManagerEvent[] = [];
    for (const name of [channelNames.established, channelNames.ended])
      listenTo(name, event => void published.push(event as ManagerEvent));
    const { alice, bob } = await join();
    const { id } = bob;
    await alice.send("x");
    await bob.receive();
    await alice.close();
    await bob.ended;
    const mine = published.filter(({ remote }) => remote === bob.remote);
    expect(mine.map(({ type }) => type)).toEqual(["established", "ended"]);
    for (const event of mine) expect(event).toMatchObject({ session: id, at: expect.any(Number) as number });
    expect(b.manager.metrics().droppedEvents).toBe(0);
  });

  it("tell of a refused connection, and are quiet without a subscriber", async () => {
    const { listener, clock } = await duo({ b: { maxHandshakes: 1 } });
    const published: unknown[] = [];
    listenTo("bowline:connection:refused", event => void published.push(event));
    for (let i = 0; i < 4; i++) await BareEnd.to(listener);
    await pass(clock, 1000);
    expect(published).toMatchObject([
      { type: "connection-refused", cause: "handshakes", count: 1 },
      { type: "connection-refused", cause: "handshakes", count: 2 },
    ]);
    const telemetry = new Telemetry(node, {});
    expect(telemetry.watches("connection-refused")).toBe(true);
    expect(telemetry.watches("message-received")).toBe(false);
    expect(new Telemetry(nothing, {}).watches("connection-refused")).toBe(false);
  });

  it("leave the path alone where nobody traces", () => {
    const [near] = memoryPair();
    expect(new Telemetry(node, { logger: new Lines() }).traced(near, () => undefined)).toBe(near);
    expect(new Telemetry(nothing, {}).traced(near, () => undefined)).toBe(near);
  });
});
