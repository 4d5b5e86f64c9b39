import { describe, expect, it } from "vitest";
import { Secret, utf8 } from "../../src/bytes/index.js";
import type { CryptoProvider } from "../../src/crypto/index.js";
import { nobleProvider } from "../../src/crypto/noble-provider.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { SessionError } from "../../src/errors/index.js";
import { anyone, Identity, SessionManager } from "../../src/manager/index.js";
import { StateSealer } from "../../src/persistence/state-sealer.js";
import { HandshakeState, noiseProtocol, withHfs, withPsk, XX } from "../../src/noise/index.js";
import { SymmetricState } from "../../src/noise/symmetric-state.js";
import { FrameOpener, FrameSealer, RecordOpener, RecordSealer } from "../../src/record/index.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { memoryConnector, memoryListener } from "../../src/transports/memory.js";
import { pass, settle } from "../manager/support.js";
import { at, exchange, newPair, seededRandom } from "../session/machine-pair.js";
import { capturedConsole, failures, mark, marked32, markText, printEnd, Trial } from "./secret-trial.js";
import { flipped, suiteCases } from "./suite-cases.js";
import { WatchedProvider } from "./watched-provider.js";

describe.each([nodeProvider, nobleProvider])("$name: a session's parts", base => {
  it.each(suiteCases)(
    "X45 $name: machines, outputs, events, metrics and errors at every step",
    async ({ options }) => {
      const trial = new Trial();
      const watched = new WatchedProvider(base);
      const { provider } = watched;
      const [secretA, secretB] = [marked32("A's static secret"), marked32("B's static secret")];
      trial.search.add("static secret", secretA);
      trial.search.add("static secret", secretB);
      const both = { ...("both" in options ? options.both : {}), provider };
      const identities = [provider.dh.importKeyPair(secretA), provider.dh.importKeyPair(secretB)] as const;
      const known = "known" in options ? { peer: identities[1].publicKey } : {};
      const pair = newPair({
        both,
        initiator: { identity: identities[0], ...known },
        responder: { identity: identities[1] },
      });
      const ends = [pair.initiator, pair.responder];
      const printAll = (): void => {
        for (const end of ends) printEnd(trial, end);
      };
      printAll();
      exchange(pair, frame => {
        printAll();
        return [frame];
      });
      printAll();
      const plaintext = mark("a message");
      trial.search.add("plaintext", plaintext);
      for (const end of ends) {
        const { machine } = end;
        machine.send(plaintext, at(2));
        machine.sendBatch([plaintext, plaintext], at(2));
        machine.rotateKeys(at(2));
        trial.print(machine.encrypt(plaintext, at(2)));
        const exported = machine.exportKey("label", new Uint8Array(0), 32);
        trial.search.add("exported key", exported.expose());
        trial.print(exported);
        end.collect(at(2));
      }
      pair.initiator.machine.advanceEpoch(at(2));
      pair.initiator.collect(at(2));
      printAll();
      const frames = pair.initiator.frames.slice();
      for (const end of ends) await failures(trial, end, plaintext, frames);
      exchange(pair);
      printAll();
      pair.initiator.machine.close("normal", at(5));
      pair.initiator.collect(at(5));
      exchange(pair);
      printAll();
      for (const end of ends) await failures(trial, end, plaintext, frames);
      trial.print(...identities);
      expect(trial.errors.length).toBeGreaterThan(15);
      trial.expectClean(watched);
    },
  );

  it("X45 handshakes that fail, in every way, with all their causes", async () => {
    const trial = new Trial();
    const watched = new WatchedProvider(base);
    const both = { provider: watched.provider };
    for (const { options } of suiteCases) {
      for (let index = 0; index < 3; index++) {
        for (const name of ["initiator", "responder"] as const) {
          const settings = { ...options, both: { ...("both" in options ? options.both : {}), ...both } };
          const pair = newPair(settings);
          exchange(pair, (frame, from, i) =>
            from === name && i === index ? [flipped(frame, frame.length - 3)] : [frame],
          );
          for (const end of [pair.initiator, pair.responder]) {
            const { state } = end.machine;
            if (state.name === "ended" && "error" in state.end) {
              const { error } = state.end;
              await trial.failing(() => {
                throw error;
              });
            }
            printEnd(trial, end);
          }
        }
      }
    }
    expect(trial.errors.length).toBeGreaterThan(10);
    trial.expectClean(watched);
  });

  it("X45 Noise: HandshakeState, CipherState, key pairs and pre-shared keys", async () => {
    const trial = new Trial();
    const watched = new WatchedProvider(base);
    const { provider } = watched;
    const psk = Secret.copy(marked32("a pre-shared key"));
    trial.search.add("psk", psk.expose());
    const protocol = noiseProtocol({ pattern: withPsk(withHfs(XX), 0, 3), ...provider });
    const state = (role: "initiator" | "responder", name: string): HandshakeState => {
      const secret = marked32(name);
      trial.search.add("static secret", secret);
      const s = provider.dh.importKeyPair(secret);
      trial.print(s);
      return new HandshakeState({
        protocol,
        role,
        prologue: new Uint8Array(0),
        random: seededRandom(8),
        s,
        psks: [psk, psk],
      });
    };
    const [a, b] = [state("initiator", "A's static secret"), state("responder", "B's static secret")];
    const symmetric = SymmetricState.initialize("Noise_test", provider.aead, provider.hash);
    symmetric.mixKey(marked32("input key material"));
    trial.print(symmetric, symmetric.clone(), symmetric.split());
    const payload = mark("a payload");
    trial.search.add("payload", payload);
    let [writer, reader] = [a, b];
    while (a.turn !== "finished") {
      trial.print(a, b, protocol);
      const message = writer.writeMessage(payload);
      await trial.failing(() => reader.readMessage(flipped(message, message.length - 1)));
      await trial.failing(() => writer.writeMessage(payload));
      await trial.failing(() => reader.writeMessage(payload));
      reader.readMessage(message);
      [writer, reader] = [reader, writer];
    }
    const ciphers = a.split();
    const chainingKey = a.exportChainingKey();
    trial.search.add("chaining key", chainingKey.expose());
    trial.print(a, b, ciphers, chainingKey, psk);
    const cipher = ciphers.initiatorToResponder;
    trial.print(cipher.encryptWithAd(new Uint8Array(0), payload), cipher);
    await trial.failing(() => cipher.decryptWithAd(new Uint8Array(0), payload));
    await trial.failing(() => a.split());
    a.dispose();
    psk.dispose();
    await trial.failing(() => psk.expose());
    await trial.failing(() => a.split());
    trial.print(a, psk);
    trial.print(
      provider.kem.generateKeyPair(seededRandom(9)),
      provider.signature.generateKeyPair(seededRandom(9)),
    );
    trial.print(provider.aead.key(marked32("an AEAD key")));
    trial.search.add("AEAD key", marked32("an AEAD key"));
    trial.expectClean(watched);
  });

  it("X45 records: sealers, openers, frames and their errors", async () => {
    const trial = new Trial();
    const watched = new WatchedProvider(base);
    const { provider } = watched;
    const secret = marked32("a chain secret");
    trial.search.add("chain secret", secret);
    const plaintext = mark("a plaintext");
    trial.search.add("plaintext", plaintext);
    const options = () => ({ provider, chainSecret: Secret.copy(secret), generation: 0 });
    const sealer = new RecordSealer(options());
    const opener = new RecordOpener({ ...options(), ordering: "out-of-order", grace: 1000 });
    const sessionId = new Uint8Array(32);
    const frames = [
      new FrameSealer({ sealer, sessionId, ordering: "out-of-order" }),
      new FrameOpener({ opener, sessionId, ordering: "out-of-order" }),
    ] as const;
    trial.print(sealer, opener, ...frames);
    const frame = frames[0].seal(0x10, plaintext);
    trial.print(frame);
    frames[1].open(frame, at(1));
    await trial.failing(() => frames[1].open(frame, at(1)));
    await trial.failing(() => frames[1].open(flipped(frames[0].seal(0x10, plaintext), 40), at(1)));
    await trial.failing(() => opener.open(plaintext, plaintext, at(1)));
    await trial.failing(() => sealer.seal(new Uint8Array(1_048_577).fill(7), plaintext));
    await trial.failing(() => new RecordSealer({ ...options(), generation: -1 }));
    sealer.rotate();
    trial.print(sealer, opener, ...frames);
    const sealed = new StateSealer(provider, provider.random);
    const root = Secret.copy(secret);
    const name = { kind: "session", name: "a name", codec: 1 };
    const bytes = sealed.seal(root, name, plaintext);
    trial.print(sealed, bytes, root);
    await trial.failing(() => sealed.open(root, { ...name, name: "another" }, bytes));
    await trial.failing(() => sealed.open(root, name, bytes.subarray(0, 20)));
    trial.expectClean(watched);
  });
});

describe("a manager", () => {
  it("X45 managers, identities, sessions, messages, events, logs, stored bytes and errors", async () => {
    const trial = new Trial();
    const watched = new WatchedProvider();
    const provider: CryptoProvider = watched.provider;
    const clock = new FakeClock();
    const store = new MemoryStore();
    const identity = (name: string): Identity => {
      trial.search.add("static secret", marked32(name));
      return Identity.fromSecretKey(Secret.copy(marked32(name)), { provider });
    };
    const [me, you] = [identity("my static secret"), identity("your static secret")];
    const noted: unknown[] = [];
    const onError = (error: unknown): void => void noted.push(error);
    const mine = new SessionManager({ identity: me, provider, clock, store, onError });
    const yours = new SessionManager({ identity: you, provider, clock, store, onError });
    const events = [mine.events(), yours.events()];
    const listener = memoryListener();
    const acceptor = await yours.accept(listener, { allow: anyone });
    const connector = memoryConnector(listener);
    const log = capturedConsole();
    const print = (...values: unknown[]): void => {
      trial.print(...values);
      log.console.log(...values);
      log.console.error("%o %O %s", values[0], values[0], values[0]);
      log.console.dir(values[0], { depth: null, showHidden: true });
      log.console.table(values[0]);
    };
    print(me, you, mine, yours, acceptor, listener, me.exportSecretKey(), me.atRestRoot(you.publicKey));
    trial.search.add("at-rest root", me.atRestRoot(you.publicKey).expose());

    const text = markText("a message");
    trial.search.add("plaintext", utf8(text));
    const [alice, bob] = await Promise.all([mine.connect(connector, { peer: you.id }), acceptor.next()]);
    await alice.send(text);
    await alice.sendBatch([text, text]);
    await settle();
    print(alice, bob, mine, yours);
    const message = (await bob!.receive())!;
    expect(message.text()).toBe(text);
    trial.printMessages(message, [message], { message });
    log.console.log(message, [message], { message });
    log.console.table(message);
    for (const session of [alice, bob!]) {
      session.on("ended", event => print(event));
      print(session.metrics(), session.state, session.ended, session.checkHealth());
      session.rotateKeys();
      await trial.failing(() => session.send(""));
      await trial.failing(() => session.send(new Uint8Array(1_048_577)));
      await trial.failing(() => session.sendBatch([text, ""]));
      await trial.failing(() => session.decrypt(utf8(text)));
      await trial.failing(() => session.decryptBatch(utf8(text)));
      await trial.failing(() => session.send(text, { signal: AbortSignal.abort(new Error("stop")) }));
      await trial.failing(() => session.receive({ signal: AbortSignal.abort(new Error("stop")) }));
      await trial.failing(() => session.exportKey("", new Uint8Array(0), 1));
      const exported = session.exportKey("x", utf8(text), 32);
      trial.search.add("exported key", exported.expose());
      print(exported);
    }
    await trial.failing(() => mine.connect(connector, { peer: me.id }));
    await trial.failing(() => mine.connect(connector, { peer: "zz" }));
    await trial.failing(() => mine.connect(connector, { trust: [] }));
    await trial.failing(() => mine.connect(connector, { trust: () => Promise.reject(new Error("no")) }));
    await trial.failing(() => mine.send("no such id", text));
    await trial.failing(() => Identity.fromSecretKey(Secret.copy(marked32("short").subarray(0, 31))));
    const closing = alice.close();
    await settle();
    await pass(clock, 1000);
    await closing;
    await trial.failing(() => alice.send(text));
    await trial.failing(() => mine.session(alice.id));
    for await (const record of mine.history(you.id)) print(record);
    for await (const { name, ...stored } of store.entries("")) trial.print(name, stored, stored.bytes);
    print(store);
    await Promise.all([mine.close(), yours.close()]);
    for (const stream of events) for await (const event of stream) print(event);
    for (const error of noted) {
      await trial.failing(() => {
        throw error;
      });
    }
    me.dispose();
    await trial.failing(() => me.exportSecretKey());
    print(me, mine, alice, bob);
    trial.printed(log.text());
    expect(log.text().length).toBeGreaterThan(1000);
    expect(trial.errors.length).toBeGreaterThan(15);
    for (const error of trial.errors) expect(SessionError.is(error) || error instanceof Error).toBe(true);
    trial.expectClean(watched);
  });
});
