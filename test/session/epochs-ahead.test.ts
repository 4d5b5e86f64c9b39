import { describe, expect, it } from "vitest";
import type { CryptoProvider } from "../../src/crypto/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { epochOf } from "../../src/record/index.js";
import { at, establishedPair, exchange } from "./machine-pair.js";

/** Primitives that count how often HKDF is called. */
function countingProvider(): { readonly provider: CryptoProvider; readonly count: { hkdf: number } } {
  const count = { hkdf: 0 };
  const provider: CryptoProvider = {
    ...nodeProvider,
    hkdf: (...parameters) => {
      count.hkdf++;
      return nodeProvider.hkdf(...parameters);
    },
  };
  return { provider, count };
}

/** `frame` with another epoch in its nonce: what anybody on the path can do. */
function underEpoch(frame: Uint8Array, epoch: number): Uint8Array {
  const forged = Uint8Array.from(frame);
  new DataView(forged.buffer).setUint32(2 + 8, epoch, true);
  return forged;
}

describe("a record of an epoch far ahead", () => {
  const cases = [
    ["an epoch 2^31 ahead", 2 ** 31, 0],
    ["the last of all epochs", 0xffff_ffff, 0],
    ["rotation 65 ahead", epochOf(1, 65 + 3), 0],
    ["the next generation, which is not agreed", epochOf(2, 3), 0],
    ["the generation before, whose grace time is over", epochOf(0, 0), 0],
    ["rotation 64 ahead: the furthest that is followed", epochOf(1, 64 + 3), 65],
  ] as const;

  it.each(cases)("costs no derivation: %s", (_, epoch, derivations) => {
    const { provider, count } = countingProvider();
    const { initiator, responder } = establishedPair({
      both: { delivery: "datagram" },
      responder: { provider },
    });
    initiator.machine.advanceEpoch(at(2));
    initiator.collect(at(2));
    exchange({ initiator, responder });
    for (let rotation = 0; rotation < 3; rotation++) {
      initiator.machine.rotateKeys(at(2));
      initiator.machine.send(Uint8Array.of(1), at(2));
      initiator.collect(at(2));
      exchange({ initiator, responder });
    }
    expect(responder.messages).toHaveLength(3);

    initiator.machine.send(Uint8Array.of(2), at(20_000));
    initiator.collect(at(20_000));
    const [frame] = initiator.takeFrames();
    const before = count.hkdf;
    for (let repeat = 0; repeat < 3; repeat++) responder.receive(underEpoch(frame!, epoch), at(20_000));
    expect(count.hkdf - before).toBe(derivations);
    responder.receive(frame!, at(20_000));
    expect(responder.messages).toHaveLength(4);
  });
});
