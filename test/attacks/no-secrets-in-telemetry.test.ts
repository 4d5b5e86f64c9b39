import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Secret, utf8 } from "../../src/bytes/index.js";
import { anyone, Identity, SessionManager } from "../../src/manager/index.js";
import { channelNames } from "../../src/manager/telemetry.js";
import type { Connector } from "../../src/ports/index.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { memoryConnector, memoryListener } from "../../src/transports/memory.js";
import { BareEnd, pass, settle } from "../manager/support.js";
import { capturedConsole, marked32, markText, Trial } from "./secret-trial.js";
import { WatchedProvider } from "./watched-provider.js";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Changes one bit of the last frame that passes when it is told to. */
function tampering(connector: Connector): { readonly connector: Connector; tamper: boolean } {
  const state = {
    tamper: false,
    connector: {
      remote: connector.remote,
      connect: async (signal: AbortSignal) => {
        const connection = await connector.connect(signal);
        const write = connection.write.bind(connection);
        connection.write = frame => {
          const sent = Uint8Array.from(frame);
          if (state.tamper) sent[sent.length - 1]! ^= 1;
          return write(sent);
        };
        return connection;
      },
    },
  };
  return state;
}

describe("what one sees from outside", () => {
  it("X45 logs, traces and channel messages hold no secret and no plaintext, through a session's whole life and its failures", async () => {
    const trial = new Trial();
    const watched = new WatchedProvider();
    const { provider } = watched;
    const clock = new FakeClock();
    const log = capturedConsole();
    vi.stubEnv("BOWLINE_DEBUG", "1");
    let debug = "";
    vi.spyOn(process.stderr, "write").mockImplementation(chunk => {
      debug += String(chunk);
      return true;
    });
    const published: string[] = [];
    const take = (message: unknown, name: string | symbol): void => {
      published.push(String(name));
      trial.print(message);
    };
    for (const name of Object.values(channelNames)) subscribe(name, take);
    const lines: string[] = [];
    const note = (fields: object, message: string): void => {
      lines.push(message);
      trial.print(fields, message);
    };
    const identity = (name: string): Identity => {
      trial.search.add("static secret", marked32(name));
      return Identity.fromSecretKey(Secret.copy(marked32(name)), { provider });
    };
    const text = markText("a message");
    trial.search.add("plaintext", utf8(text));
    const [me, you] = [identity("my static secret"), identity("your static secret")];
    const trace = ["handshake", "frames"] as const;
    const common = { provider, clock, trace, store: new MemoryStore(), maxHandshakes: 1 };
    const logger = { debug: note, info: note, warn: note, error: note };
    const mine = new SessionManager({ ...common, identity: me, logger: log.console });
    const yours = new SessionManager({ ...common, identity: you, logger });
    const listener = memoryListener();
    const acceptor = await yours.accept(listener, { allow: anyone });
    // An application that throws what it was given.
    yours.on("message-received", () => {
      throw new Error(text);
    });
    const join = async (connector = memoryConnector(listener)) => {
      const [alice, bob] = await Promise.all([mine.connect(connector, { peer: you.id }), acceptor.next()]);
      return { alice, bob: bob! };
    };
    const { alice, bob } = await join();
    await alice.send(text);
    await alice.sendBatch([text, text]);
    await settle();
    alice.rotateKeys();
    alice.advanceEpoch();
    await pass(clock, 2000);
    alice.renew();
    await pass(clock, 2000);
    await bob.send(text);
    const stream = alice.openStream({ label: "a label" });
    const writer = stream.writable.getWriter();
    await writer.write(utf8(text));
    await pass(clock, 1000);
    await alice.send(text);
    void alice.close();
    await pass(clock, 12_000);
    const cut = tampering(memoryConnector(listener));
    const second = await join(cut.connector);
    cut.tamper = true;
    await second.alice.send(text);
    await pass(clock, 12_000);
    expect(await second.bob.ended).toMatchObject({ kind: "failed", error: { code: "record-forged" } });
    for (let i = 0; i < 2; i++) (await BareEnd.to(listener)).connection.write(utf8(text));
    await trial.failing(() => mine.connect(memoryConnector(listener), { peer: me.id }));
    const closing = Promise.all([mine.close(), yours.close()]);
    await pass(clock, 30_000);
    await closing;
    for (const name of Object.values(channelNames)) unsubscribe(name, take);

    const events = ["established", "key-rotated", "epoch-advanced", "renewed", "rejected", "ended"] as const;
    for (const type of [...events, "connection-refused"] as const) {
      expect(lines, type).toContain(type);
      expect(published, type).toContain(channelNames[type]);
      expect(debug, type).toContain(` ${type}:`);
    }
    expect(published).toContain(channelNames["message-received"]);
    expect(lines).toContain("application or store failed");
    for (const type of ["offer", "handshake", "message", "batch", "control", "stream"])
      expect(debug, type).toContain(`type=${type} `);
    trial.printed(debug);
    trial.printed(log.text());
    trial.expectClean(watched);
    // The search finds what it is to find.
    expect(trial.search.findIn(`... ${text} ...`)).toEqual(["plaintext"]);
  });
});
