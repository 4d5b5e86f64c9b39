import { createDecipheriv, hkdfSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Secret, toHex } from "../../src/bytes/index.js";
import { RecordOpener, RecordSealer, type RecordCrypto } from "../../src/record/index.js";
import { bare, chainSecret, codeOf, pair, providers, start, text, watched } from "./support.js";

const hkdf = (secret: Uint8Array, info: string): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", secret, new Uint8Array(0), info, 32));

/** Opens a bare record by hand. */
function openByHand(key: Uint8Array, record: Uint8Array): string {
  const decipher = createDecipheriv("chacha20-poly1305", key, record.subarray(0, 12), { authTagLength: 16 });
  decipher.setAuthTag(record.subarray(12, 28));
  return Buffer.concat([decipher.update(record.subarray(28)), decipher.final()]).toString();
}

describe.each(providers)("bare records ($name)", provider => {
  it("fault 5: in epoch 0 are nonce | tag | ciphertext, the nonce a counter from 1 and four zero bytes", () => {
    const { sealer } = pair({ provider });
    const key = hkdf(new Uint8Array(32).fill(1), "bowline/bare-key/v1");
    for (let counter = 1; counter <= 300; counter += 1) {
      const record = sealer.sealBare(text(`message ${counter}`));
      const nonce = Uint8Array.of(counter & 0xff, counter >>> 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
      expect(record.subarray(0, 12)).toEqual(nonce);
      expect(openByHand(key, record)).toBe(`message ${counter}`);
    }
  });

  it("after rotations name their epoch, count from 1 and are under a key derived apart from the chain", () => {
    const sealer = new RecordSealer({ provider, chainSecret: chainSecret(), generation: 0x0203 });
    sealer.sealBare(text("a"));
    sealer.rotate();
    sealer.rotate();
    const record = sealer.sealBare(text("b"));
    expect(toHex(record.subarray(0, 12))).toBe("010000000000000002000302");
    const chain = hkdf(hkdf(new Uint8Array(32).fill(1), "rotation-1"), "rotation-2");
    expect(openByHand(hkdf(chain, "bowline/bare-key/v1"), record)).toBe("b");
    for (const other of [chain, hkdf(chain, "bowline/frame-key/v1")])
      expect(() => openByHand(other, record)).toThrow();
  });

  it("and frames count apart, each under its own key", () => {
    const { sealer } = pair({ provider });
    const counters = [1, 2, 3].map(() => [sealer.seal(text("a"), bare)[0], sealer.sealBare(text("a"))[0]]);
    expect(counters).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect([sealer.sealed, sealer.sealedBefore]).toEqual([3n, 0n]);
    sealer.rotate();
    expect([sealer.sealed, sealer.sealedBefore, sealer.bareUsed]).toEqual([3n, 3n, false]);
    expect(sealer.sealBare(text("a"))[0]).toBe(1);
    expect([sealer.sealed, sealer.sealedBefore, sealer.bareUsed]).toEqual([3n, 3n, true]);
  });
});

describe("RecordSealer", () => {
  it("fault 2: each direction has its own key", () => {
    const one = pair({ direction: 1 }).sealer.seal(text("same"), bare);
    const other = pair({ direction: 2 }).sealer.seal(text("same"), bare);
    expect(one.subarray(0, 12)).toEqual(other.subarray(0, 12));
    expect(one.subarray(28)).not.toEqual(other.subarray(28));
  });

  it("uses up a counter even where sealing fails", () => {
    const { crypto } = watched();
    let fails = true;
    const failing: RecordCrypto = {
      ...crypto,
      aead: {
        name: crypto.aead.name,
        key: bytes => {
          const key = crypto.aead.key(bytes);
          return {
            ...key,
            sealRecord: (...all) => {
              if (fails) throw new Error("no");
              key.sealRecord(...all);
            },
          };
        },
      },
    };
    const sealer = new RecordSealer({ provider: failing, chainSecret: chainSecret(), generation: 0 });
    expect(() => sealer.seal(text("a"), bare)).toThrow("no");
    fails = false;
    expect(sealer.seal(text("b"), bare)[0]).toBe(2);
  });

  it.each([2n ** 32n - 2n, 2n ** 53n - 2n, 2n ** 64n - 4n])(
    "R13 fault 7: counts exactly from %s",
    firstCounter => {
      for (const ordering of ["in-order", "out-of-order"] as const) {
        const { sealer, opener } = pair({ firstCounter, ordering });
        for (let step = 0n; step < 3n; step++) {
          const record = sealer.seal(text("x"), bare);
          expect(new DataView(record.buffer).getBigUint64(0, true)).toBe(firstCounter + step);
          opener.open(record, bare, start);
          expect(codeOf(() => opener.open(record, bare, start))).toBe("record-replayed");
        }
        expect(sealer.sealed).toBe(firstCounter + 2n);
      }
    },
  );

  it("R13 the counter 2^64 - 1 is never used: nonce-exhausted, until the keys rotate", () => {
    const { sealer, opener } = pair({ firstCounter: 2n ** 64n - 2n });
    opener.open(sealer.seal(text("last"), bare), bare, start);
    for (let again = 0; again < 3; again++) {
      expect(codeOf(() => sealer.seal(text("x"), bare))).toBe("nonce-exhausted");
    }
    sealer.rotate();
    expect(sealer.sealedBefore).toBe(2n ** 64n - 2n);
    const record = sealer.seal(text("next"), bare);
    expect(record[0]).toBe(1);
    expect(opener.open(record, bare, start)).toEqual(text("next"));
  });

  it("counts what was sealed before the epoch, in all epochs", () => {
    const sealer = new RecordSealer({
      provider: providers[0]!,
      chainSecret: chainSecret(),
      generation: 1,
      sealedBefore: 10n,
    });
    sealer.seal(text("a"), bare);
    sealer.seal(text("b"), bare);
    expect([sealer.sealedBefore, sealer.sealed]).toEqual([10n, 12n]);
    sealer.rotate();
    sealer.seal(text("c"), bare);
    sealer.rotate();
    expect([sealer.sealedBefore, sealer.sealed]).toEqual([13n, 13n]);
  });

  it("rotation 65535 is the last: rotation-exhausted, and nothing changes", () => {
    const watch = watched();
    const sealer = new RecordSealer({ provider: watch.crypto, chainSecret: chainSecret(), generation: 7 });
    for (let rotation = 0; rotation < 65535; rotation++) sealer.rotate();
    sealer.seal(text("a"), bare);
    const derivations = watch.derived.length;
    expect(codeOf(() => sealer.rotate())).toBe("rotation-exhausted");
    expect(watch.derived.length).toBe(derivations);
    const record = sealer.seal(text("b"), bare);
    expect(toHex(record.subarray(0, 12))).toBe("0200000000000000ffff0700");
    expect(watch.liveKeys()).toBe(1);
  });

  it("erases the old key and chain secret at a rotation, and all when it is disposed", () => {
    const watch = watched();
    const first = chainSecret();
    const sealer = new RecordSealer({ provider: watch.crypto, chainSecret: first, generation: 0 });
    expect([watch.keys.length, watch.liveKeys()]).toEqual([1, 1]);
    for (let rotation = 1; rotation <= 3; rotation++) {
      sealer.rotate();
      expect([watch.keys.length, watch.liveKeys()]).toEqual([rotation + 1, 1]);
      expect(watch.liveSecrets()).toEqual([`rotation-${rotation}`]);
      expect(first.disposed).toBe(true);
    }
    sealer.dispose();
    sealer.dispose();
    expect(watch.liveKeys()).toBe(0);
    expect(watch.liveSecrets()).toEqual([]);
    expect(codeOf(() => sealer.seal(text("a"), bare))).toBe("secret-disposed");
    expect(codeOf(() => sealer.rotate())).toBe("secret-disposed");
  });

  it("refuses what can't begin a chain, and erases the secret then", () => {
    const provider = providers[0]!;
    const short = Secret.take(new Uint8Array(31));
    expect(codeOf(() => new RecordSealer({ provider, chainSecret: short, generation: 0 }))).toBe(
      "invalid-argument",
    );
    expect(short.disposed).toBe(true);
    for (const generation of [-1, 65536, 0.5, NaN]) {
      const secret = chainSecret();
      const opener = { provider, chainSecret: secret, generation, ordering: "in-order", grace: 0 } as const;
      expect(codeOf(() => new RecordOpener(opener))).toBe("invalid-argument");
      expect(secret.disposed).toBe(true);
    }
    for (const firstCounter of [0n, -1n, 2n ** 64n - 1n]) {
      const sealer = { provider, chainSecret: chainSecret(), generation: 0, firstCounter };
      expect(codeOf(() => new RecordSealer(sealer))).toBe("invalid-argument");
    }
    for (const grace of [-1, NaN]) {
      const secret = chainSecret();
      const opener = { provider, chainSecret: secret, generation: 0, ordering: "in-order", grace } as const;
      expect(codeOf(() => new RecordOpener(opener))).toBe("invalid-argument");
      expect(secret.disposed).toBe(true);
    }
  });
});
