import { describe, expect, it } from "vitest";
import { anyone, Identity, SessionManager } from "../../src/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { HandshakeState, noiseProtocol, XX } from "../../src/noise/index.js";
import { sharedKernel } from "../../src/crypto/kernel.js";
import { memoryConnector, memoryListener } from "../../src/transports/memory.js";

const { keys } = sharedKernel()!;

describe("the keys in the kernel's memory", () => {
  it("are all given back when sessions have been used, rotated, renewed, refused and closed", async () => {
    const before = keys.used;
    const [anna, ben] = [Identity.generate(), Identity.generate()];
    const [client, server] = [new SessionManager({ identity: anna }), new SessionManager({ identity: ben })];
    const listener = memoryListener();
    await server.accept(listener, { allow: [anna.id] });
    for (const trust of [{ peer: ben.id }, { trust: anyone }]) {
      const session = await client.connect(memoryConnector(listener), trust);
      session.rotateKeys();
      await session.send("hello");
      const renewed = new Promise<void>(resolve => session.on("renewed", () => resolve()));
      session.renew();
      await renewed;
    }
    expect(keys.used).toBeGreaterThan(before);
    await client.close();
    await server.close();
    expect(keys.used).toBe(before);
  });

  it("are given back by a handshake whose messages were forged", () => {
    const before = keys.used;
    const { dh, aead, hash, random } = nodeProvider;
    const protocol = noiseProtocol({ pattern: XX, dh, aead, hash });
    const [initiator, responder] = (["initiator", "responder"] as const).map(
      role =>
        new HandshakeState({
          protocol,
          role,
          prologue: new Uint8Array(0),
          random,
          s: dh.generateKeyPair(random),
        }),
    ) as [HandshakeState, HandshakeState];
    responder.readMessage(initiator.writeMessage(Uint8Array.of(1)));
    const message = responder.writeMessage(Uint8Array.of(2));
    for (let byte = 0; byte < message.length; byte += 9) {
      const changed = Uint8Array.from(message);
      changed[byte]! ^= 1;
      expect(() => initiator.readMessage(changed)).toThrow();
    }
    initiator.readMessage(message);
    for (const state of [initiator, responder]) state.dispose();
    expect(keys.used).toBe(before);
  });

  it("are given back where the handshake was refused", async () => {
    const before = keys.used;
    const server = new SessionManager({ identity: Identity.generate() });
    const client = new SessionManager({ identity: Identity.generate() });
    const listener = memoryListener();
    await server.accept(listener, { allow: [] });
    await expect(client.connect(memoryConnector(listener), { trust: anyone })).rejects.toThrow();
    await expect(
      client.connect(memoryConnector(listener), { peer: Identity.generate().id }),
    ).rejects.toThrow();
    await client.close();
    await server.close();
    expect(keys.used).toBe(before);
  });
});
