import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Secret, utf8 } from "../../src/bytes/index.js";
import { aeadKeyByParts, type CryptoProvider } from "../../src/crypto/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { anyone, Identity } from "../../src/manager/index.js";
import { StateSealer } from "../../src/persistence/state-sealer.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { memoryConnector, memoryListener } from "../../src/transports/memory.js";
import { duo, endpoint, pass, settle } from "../manager/support.js";
import { codeOf } from "../record/support.js";
import { at, establishedPair, exchange, newPair } from "../session/machine-pair.js";
import { flipped, suiteCases } from "./suite-cases.js";
import { WatchedProvider } from "./watched-provider.js";

const none = new Uint8Array(0);

describe("fault 1: the two ends derive different keys", () => {
  it.each(suiteCases)("fault 1 $name: here they have the same, and understand each other", ({ options }) => {
    const { initiator, responder } = establishedPair(options);
    const [a, b] = [initiator.machine, responder.machine];
    expect(a.exportKey("x", none, 32).expose()).toEqual(b.exportKey("x", none, 32).expose());
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const)
      expect(to.decrypt(from.encrypt(utf8("understood"), at(2)), at(2))).toEqual(utf8("understood"));
  });

  it("fault 1 the formula keeps its one good use: a root that only the owner can compute, for each peer another", () => {
    const secret = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
    const [me, you] = [Identity.fromSecretKey(Secret.copy(secret)), Identity.generate()];
    const expected = createHash("sha256")
      .update("BITCRAPS_SESSION_KEY_V1")
      .update(secret) // As it was stored: X25519 would clamp 255 - 0 and 255 - 31.
      .update(you.publicKey)
      .digest("hex");
    expect(Buffer.from(me.atRestRoot(you.publicKey).expose()).toString("hex")).toBe(expected);
    expect(me.atRestRoot(you.publicKey).expose()).not.toEqual(you.atRestRoot(me.publicKey).expose());
    expect(me.atRestRoot(you.publicKey).expose()).not.toEqual(me.atRestRoot(me.publicKey).expose());
  });

  it("fault 1 what is sealed at rest opens for its owner, under its name, kind and codec, unchanged, and not else", () => {
    const [me, you] = [Identity.generate(), Identity.generate()];
    const sealer = new StateSealer(nodeProvider, nodeProvider.random);
    const root = me.atRestRoot(you.publicKey);
    const name = { kind: "session", name: "session/a/b", codec: 1 };
    const sealed = sealer.seal(root, name, utf8("state"));
    expect(sealer.open(root, name, sealed)).toEqual(utf8("state"));
    const open = (change: Partial<typeof name>, key = root, bytes = sealed) =>
      codeOf(() => sealer.open(key, { ...name, ...change }, bytes));
    expect(open({}, you.atRestRoot(me.publicKey))).toBe("snapshot-invalid");
    for (const change of [{ kind: "ticket" }, { name: "session/a/c" }, { codec: 2 }])
      expect(open(change)).toBe("snapshot-invalid");
    for (let i = 0; i < sealed.length; i++)
      expect(open({}, root, flipped(sealed, i))).toBe("snapshot-invalid");
    for (let i = 0; i < sealed.length; i++)
      expect(open({}, root, sealed.subarray(0, i))).toBe("snapshot-invalid");
  });

  it("fault 1 each write has a key of its own", () => {
    const watched = new WatchedProvider();
    const sealer = new StateSealer(watched.provider, nodeProvider.random);
    const root = Secret.take(new Uint8Array(32).fill(9));
    const name = { kind: "session", name: "n", codec: 1 };
    for (let i = 0; i < 20; i++) sealer.seal(root, name, utf8("same"));
    const keys = watched.secrets.filter(({ kind }) => kind === "aead key").map(({ bytes }) => String(bytes));
    expect(new Set(keys).size).toBe(20);
    expect(watched.undisposed).toEqual([]);
  });
});

describe("faults 2 and 3: a key and nonce that seal twice", () => {
  /** Every key and nonce that sealed something, from all providers together. */
  function sealings() {
    const seen = new Map<string, string>();
    let repeats = 0;
    const provider: CryptoProvider = {
      ...nodeProvider,
      aead: {
        ...nodeProvider.aead,
        key: bytes => {
          const id = Buffer.from(bytes).toString("hex");
          const key = nodeProvider.aead.key(bytes);
          return aeadKeyByParts({
            open: (...rest) => key.open(...rest),
            dispose: () => key.dispose(),
            seal: (nonce, ad, plaintext, ...rest) => {
              const pair = `${id}/${Buffer.from(nonce).toString("hex")}`;
              const what = Buffer.concat([ad, Buffer.of(0), plaintext]).toString("hex");
              if (seen.has(pair) && seen.get(pair) !== what) repeats++;
              seen.set(pair, what);
              key.seal(nonce, ad, plaintext, ...rest);
            },
          });
        },
      },
    };
    return { provider, count: () => seen.size, repeats: () => repeats };
  }

  it.each(suiteCases)(
    "fault 2 $name: no key and nonce seals twice in a whole session of both ends",
    ({ options }) => {
      for (const delivery of ["ordered", "datagram"] as const) {
        const { provider, count, repeats } = sealings();
        const both = { ...("both" in options ? options.both : {}), provider, delivery };
        const pair = establishedPair({ ...options, both });
        for (let i = 0; i < 30; i++) {
          for (const end of [pair.initiator, pair.responder]) {
            end.machine.send(utf8("the same at both ends"), at(i));
            end.machine.sendBatch([utf8("a"), utf8("b")], at(i));
            end.machine.encrypt(utf8("bare"), at(i));
            if (i % 7 === 3) end.machine.rotateKeys(at(i));
            if (i % 11 === 5) end.machine.advanceEpoch(at(i));
            end.collect(at(i));
          }
          if (delivery === "datagram") exchange(pair);
          else for (const end of [pair.initiator, pair.responder]) end.takeFrames();
        }
        expect(repeats()).toBe(0);
        expect(count()).toBeGreaterThan(180);
      }
    },
  );

  it("fault 2 neither end can open what it has sealed itself", () => {
    for (const { machine } of Object.values(establishedPair()))
      expect(codeOf(() => machine.decrypt(machine.encrypt(utf8("x"), at(2)), at(2)))).toMatch(
        /^record-forged$/,
      );
  });

  it("fault 3 a session after a restart, between the same identities, has other keys from the first record on", () => {
    const identities = [nodeProvider, nodeProvider].map(({ dh, random }) => dh.generateKeyPair(random));
    const keys = new Set<string>();
    for (let i = 0; i < 4; i++) {
      const watched = new WatchedProvider();
      establishedPair({
        initiator: { identity: identities[0]!, provider: watched.provider, random: nodeProvider.random },
        responder: { identity: identities[1]!, random: nodeProvider.random },
      });
      for (const { kind, bytes } of watched.secrets) {
        if (kind !== "aead key") continue;
        keys.add(`${i}/${Buffer.from(bytes).toString("hex")}`);
      }
    }
    const bare = [...keys].map(key => key.split("/")[1]);
    expect(new Set(bare).size).toBe(bare.length);
  });
});

describe("fault 4: nothing checks a received nonce", () => {
  it("fault 4 a bare record opens once, at its end, in any order, in its session", () => {
    for (const delivery of ["ordered", "datagram"] as const) {
      const { initiator, responder } = establishedPair({ both: { delivery } });
      const [a, b] = [initiator.machine, responder.machine];
      const records = [1, 2, 3].map(i => a.encrypt(Uint8Array.of(i), at(2)));
      expect(b.decrypt(records[0]!, at(3))).toEqual(Uint8Array.of(1));
      expect(codeOf(() => b.decrypt(records[0]!, at(3)))).toBe("record-replayed");
      expect(codeOf(() => a.decrypt(records[1]!, at(3)))).toMatch(/^record-/);
      const elsewhere = newPair({ seed: 77, both: { delivery } });
      exchange(elsewhere);
      expect(codeOf(() => elsewhere.responder.machine.decrypt(records[1]!, at(3)))).toMatch(/^record-/);
      expect(b.decrypt(records[2]!, at(3))).toEqual(Uint8Array.of(3));
      expect(b.decrypt(records[1]!, at(3))).toEqual(Uint8Array.of(2));
      expect(b.state.name).toBe("active");
    }
  });
});

describe("fault 6: the ephemeral key is thrown away, or kept", () => {
  it.each(suiteCases)("fault 6 $name: each handshake has new ones, erased at its end", ({ options }) => {
    const seen = new Set<string>();
    for (let i = 0; i < 3; i++) {
      const watched = new WatchedProvider();
      const both = { ...("both" in options ? options.both : {}), provider: watched.provider };
      const random = nodeProvider.random;
      const pair = newPair({ ...options, both, initiator: { random }, responder: { random } });
      const identities = watched.undisposed.length;
      exchange(pair, frame => {
        for (const bytes of [frame.subarray(-1200).toString()]) seen.add(bytes);
        return [frame];
      });
      const held = watched.undisposed.filter(kind => kind === "ephemeral" || kind === "kem key pair");
      // The two identities of the pair were made by the same function.
      expect(held).toEqual(["ephemeral", "ephemeral"]);
      expect(identities).toBeGreaterThanOrEqual(2);
    }
    expect(seen.size).toBeGreaterThan(8);
  });

  it("fault 6 a generation's ephemeral keys are kept until the peer's reply, and erased then", () => {
    const watched = new WatchedProvider();
    const pair = establishedPair({ initiator: { provider: watched.provider } });
    const held = (): string[] =>
      watched.undisposed.filter(kind => kind === "ephemeral" || kind === "kem key pair").sort();
    expect(held()).toEqual([]);
    pair.initiator.machine.advanceEpoch(at(2));
    pair.initiator.collect(at(2));
    expect(held()).toEqual(["ephemeral", "kem key pair"]);
    exchange(pair);
    expect(held()).toEqual([]);
    expect(pair.initiator.events).toContain("epoch-advanced");
  });
});

describe("fault 9: one slow session stops all", () => {
  it("fault 9 a session that nobody reads, a policy that thinks, a peer that stalls: others go on", async () => {
    const { a, b, connector, acceptor, join, clock } = await duo();
    const stuck = await join();
    const filling = Promise.allSettled(
      Array.from({ length: 8 }, () => stuck.alice.send(new Uint8Array(1_048_576))),
    );
    const slow = memoryListener();
    await b.manager.accept(slow, { allow: () => new Promise<boolean>(() => undefined) });
    const thinking = a.manager.connect(memoryConnector(slow), { peer: b.identity.id });
    const silent = await connector.connect(new AbortController().signal);
    silent.start({ frame: () => undefined, drain: () => undefined, end: () => undefined });
    await settle();
    const [alice, bob] = await Promise.all([
      a.manager.connect(connector, { peer: b.identity.id }),
      acceptor.next(),
    ]);
    for (let i = 0; i < 20; i++) {
      await alice.send(`message ${i}`);
      expect((await bob!.receive())?.text()).toBe(`message ${i}`);
    }
    for (let i = 0; i < 8; i++) await stuck.bob.receive();
    expect((await filling).every(({ status }) => status === "fulfilled")).toBe(true);
    await Promise.all([pass(clock, 20_000), expect(thinking).rejects.toThrow()]);
    expect(alice.state.name).toBe("active");
  });

  it("fault 9 a store that does not answer holds up no message", async () => {
    const store = new MemoryStore();
    store.get = () => new Promise(() => undefined);
    const { b, join } = await duo();
    const elsewhere = endpoint({ store });
    const listener = memoryListener();
    const acceptor = await elsewhere.manager.accept(listener, { allow: anyone });
    const [alice, bob] = await Promise.all([
      b.manager.connect(memoryConnector(listener), { peer: elsewhere.identity.id }),
      acceptor.next(),
    ]);
    await alice.send("no wait");
    expect((await bob!.receive())?.text()).toBe("no wait");
    await join();
    // So that the manager can close: its last write has to end.
    store.get = () => Promise.reject(new Error("gone"));
    elsewhere.manager.close = () => Promise.resolve();
  });
});

describe("fault 11: a creation time that means nothing after a restart", () => {
  it("fault 11 what is stored has the wall clock's time, durations do not follow its steps", async () => {
    const store = new MemoryStore();
    const { a, b, join, clock } = await duo({ a: { store } });
    const started = clock.now().wall;
    const { alice } = await join();
    clock.stepWall(-86_400_000);
    expect(alice.metrics().createdAt).toBe(started);
    expect(alice.metrics().handshakeDuration).toBe(0);
    await alice.close();
    await a.manager.close();
    const later = endpoint({ store, identity: a.identity });
    const records = [];
    for await (const record of later.manager.history(b.identity.id)) records.push(record);
    expect(records).toMatchObject([{ createdAt: started, status: "closed" }]);
  });
});
