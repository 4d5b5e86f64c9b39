import { describe, expect, it } from "vitest";
import { RecordSealer, type RecordCrypto } from "../../src/record/index.js";
import {
  at,
  bare,
  chainSecret,
  codeOf,
  flipped,
  hour,
  pair,
  providers,
  renumbered,
  start,
  text,
  watched,
} from "./support.js";

/** One record under each of the rotations 0 to `last`. */
function recordsOfRotations(last: number): Uint8Array[] {
  const sealer = new RecordSealer({ provider: providers[0]!, chainSecret: chainSecret(), generation: 0 });
  return Array.from({ length: last + 1 }, (_, rotation) => {
    if (rotation > 0) sealer.rotate();
    return sealer.seal(text(`rotation ${rotation}`), bare);
  });
}

const records = recordsOfRotations(200);
const chains = (infos: readonly { info: string }[]): string[] =>
  infos.map(({ info }) => info).filter(info => info.startsWith("rotation-"));

describe.each(providers)("rotations ($name)", provider => {
  it.each(["in-order", "out-of-order"] as const)(
    "fault 5: the opener follows wherever the sealer goes, %s",
    ordering => {
      const { sealer, opener } = pair({ provider, ordering });
      for (let round = 0; round < 20; round++) {
        for (let step = 0; step <= round % 3; step++) {
          const record = sealer.seal(text(`${round}.${step}`), bare);
          expect(opener.open(record, bare, start)).toEqual(text(`${round}.${step}`));
        }
        expect(opener.epoch).toBe(sealer.epoch);
        for (let skipped = 0; skipped <= round % 5; skipped++) sealer.rotate();
      }
    },
  );

  it("both ends derive the same, whichever provider they have", () => {
    for (const other of providers) {
      const { sealer, opener } = pair({ provider, openerProvider: other });
      for (const letter of ["a", "b", "c"]) {
        expect(opener.open(sealer.seal(text(letter), bare), bare, start)).toEqual(text(letter));
        sealer.rotate();
      }
    }
  });
});

describe("what a record can cost", () => {
  it.each([65, 66, 1000, 65535])("a rotation %i ahead is epoch-too-far, and nothing is derived", ahead => {
    const watch = watched();
    const { opener } = pair({ ordering: "out-of-order", openerProvider: watch.crypto });
    const before = watch.derived.length;
    expect(codeOf(() => opener.open(renumbered(records[0]!, 1n, ahead), bare, start))).toBe("epoch-too-far");
    expect(watch.derived.length).toBe(before);
    expect(watch.opens()).toBe(0);
  });

  it("64 ahead is followed, and the limit moves with the current epoch", () => {
    const { opener } = pair({ ordering: "out-of-order" });
    expect(codeOf(() => opener.open(records[65]!, bare, start))).toBe("epoch-too-far");
    expect(opener.open(records[64]!, bare, start)).toEqual(text("rotation 64"));
    expect(codeOf(() => opener.open(records[129]!, bare, start))).toBe("epoch-too-far");
    expect(opener.open(records[128]!, bare, start)).toEqual(text("rotation 128"));
  });

  it("another generation is epoch-unknown, and nothing is derived", () => {
    const watch = watched();
    const { opener } = pair({ generation: 2, openerProvider: watch.crypto });
    const before = watch.derived.length;
    for (const epoch of [0, 0x1_0000, 0x3_0000, 0xffff_0000]) {
      expect(codeOf(() => opener.open(renumbered(records[0]!, 1n, epoch), bare, start))).toBe(
        "epoch-unknown",
      );
    }
    expect(watch.derived.length).toBe(before);
  });

  it("candidates of records that fail are cached: however many are forged, nothing is derived twice", () => {
    const watch = watched();
    const { opener } = pair({ ordering: "out-of-order", openerProvider: watch.crypto });
    const order = [64, 1, 33, 64, 2, 1, ...Array.from({ length: 64 }, (_, index) => index + 1)];
    for (let round = 0; round < 3; round++) {
      for (const rotation of order) {
        expect(codeOf(() => opener.open(flipped(records[rotation]!, 15), bare, start))).toBe("record-forged");
      }
    }
    expect(chains(watch.derived)).toEqual(Array.from({ length: 64 }, (_, index) => `rotation-${index + 1}`));
    expect(watch.derived.length).toBe(64 + 64);
    expect(opener.open(records[40]!, bare, start)).toEqual(text("rotation 40"));
    expect(opener.open(records[64]!, bare, start)).toEqual(text("rotation 64"));
    // The keys for bare records of those that stay open.
    expect(watch.derived.length).toBe(64 + 64 + 3 + 3);
  });

  it("in order, a record that is not the first of its epoch derives nothing", () => {
    const watch = watched();
    const { opener } = pair({ openerProvider: watch.crypto });
    expect(codeOf(() => opener.open(renumbered(records[3]!, 2n), bare, start))).toBe("record-out-of-order");
    expect(watch.derived.length).toBe(0);
  });

  it("where deriving fails, nothing has changed", () => {
    const watch = watched();
    let failAt = Infinity;
    const crypto: RecordCrypto = {
      ...watch.crypto,
      hkdf: (...all) => {
        if (watch.derived.length >= failAt) throw new Error("no");
        return watch.crypto.hkdf(...all);
      },
    };
    const { opener } = pair({ ordering: "out-of-order", openerProvider: crypto });
    // Five chain secrets, a key, and both keys of three older epochs.
    for (let budget = 0; budget < 12; budget++) {
      failAt = budget;
      expect(() => opener.open(records[5]!, bare, start)).toThrow("no");
      expect([opener.epoch, opener.nextExpiry]).toEqual([0, undefined]);
    }
    failAt = Infinity;
    expect(opener.open(records[5]!, bare, start)).toEqual(text("rotation 5"));
    expect(watch.derived.length).toBe(12);
  });
});

describe("epochs kept, out of order", () => {
  const open = { ordering: "out-of-order", grace: 1000 } as const;

  it("of rotations skipped the last three stay, at most four in all", () => {
    const watch = watched();
    const { opener } = pair({ ...open, openerProvider: watch.crypto });
    opener.open(records[0]!, bare, start);
    opener.open(records[10]!, bare, start);
    // The current one for frames, three older ones for frames and for bare records.
    expect(watch.liveKeys()).toBe(1 + 2 * 3);
    expect(watch.liveSecrets()).toEqual(["rotation-10"]);
    for (const rotation of [0, 1, 6]) {
      expect(codeOf(() => opener.open(records[rotation]!, bare, start))).toBe("epoch-unknown");
    }
    for (const rotation of [7, 9, 8]) {
      expect(opener.open(records[rotation]!, bare, start)).toEqual(text(`rotation ${rotation}`));
    }
    expect(opener.epoch).toBe(10);
    opener.open(records[11]!, bare, start);
    expect(watch.liveKeys()).toBe(1 + 2 * 3);
    expect(codeOf(() => opener.open(records[7]!, bare, start))).toBe("epoch-unknown");
    expect(codeOf(() => opener.open(records[8]!, bare, start))).toBe("record-replayed");
  });

  it("where fewer than three were skipped, the ones before them stay too", () => {
    const { opener } = pair(open);
    opener.open(records[1]!, bare, start);
    opener.open(records[3]!, bare, start);
    expect(codeOf(() => opener.open(records[1]!, bare, start))).toBe("record-replayed");
    for (const rotation of [0, 2])
      expect(opener.open(records[rotation]!, bare, start)).toEqual(text(`rotation ${rotation}`));
  });

  it("candidates ahead of the new epoch stay, those passed are erased", () => {
    const watch = watched();
    const { opener } = pair({ ...open, openerProvider: watch.crypto });
    for (const rotation of [2, 3, 8, 9, 20])
      codeOf(() => opener.open(flipped(records[rotation]!, 15), bare, start));
    expect(watch.liveKeys()).toBe(5);
    opener.open(records[9]!, bare, start);
    expect(watch.liveKeys()).toBe(2 + 2 * 3);
    expect(watch.liveSecrets()).toEqual(Array.from({ length: 12 }, (_, index) => `rotation-${index + 9}`));
    const derived = watch.derived.length;
    expect(opener.open(records[20]!, bare, start)).toEqual(text("rotation 20"));
    expect(watch.derived.length).toBe(derived + 2 * 3);
    expect(watch.liveKeys()).toBe(1 + 2 * 3);
  });

  it("fault 5: the grace time starts with the first authenticated record of a newer epoch, then the key is erased", () => {
    const watch = watched();
    const { sealer, opener } = pair({ ...open, openerProvider: watch.crypto });
    const old = Array.from({ length: 5 }, () => sealer.seal(text("old"), bare));
    sealer.rotate();
    const next = Array.from({ length: 5 }, () => sealer.seal(text("next"), bare));
    opener.open(old[0]!, bare, start);
    codeOf(() => opener.open(flipped(next[0]!, 15), bare, at(5)));
    expect(opener.nextExpiry).toBeUndefined();
    opener.open(old[1]!, bare, at(hour));
    opener.open(next[0]!, bare, at(hour));
    expect(opener.nextExpiry).toBe(hour + 1000);
    opener.open(next[1]!, bare, at(hour + 900));
    expect(opener.nextExpiry).toBe(hour + 1000);
    expect(opener.open(old[2]!, bare, at(hour + 999))).toEqual(text("old"));
    expect(watch.liveKeys()).toBe(3);
    expect(codeOf(() => opener.open(old[3]!, bare, at(hour + 1000)))).toBe("epoch-unknown");
    expect(watch.liveKeys()).toBe(1);
    expect(opener.nextExpiry).toBeUndefined();
    expect(opener.open(next[2]!, bare, at(hour + 1000))).toEqual(text("next"));
  });

  it("each older epoch has a grace time of its own; those skipped share the newer one's", () => {
    const watch = watched();
    const { opener } = pair({ ...open, openerProvider: watch.crypto });
    opener.open(records[1]!, bare, at(100));
    opener.open(records[3]!, bare, at(600));
    expect(opener.nextExpiry).toBe(1100);
    opener.expire(at(1099));
    expect(watch.liveKeys()).toBe(1 + 2 * 3);
    opener.expire(at(1100));
    expect(watch.liveKeys()).toBe(1 + 2 * 2);
    expect(opener.nextExpiry).toBe(1600);
    expect(opener.open(records[2]!, bare, at(1599))).toEqual(text("rotation 2"));
    opener.expire(at(1600));
    expect(watch.liveKeys()).toBe(1);
  });

  it("no grace time: erased at once; one without end: kept", () => {
    for (const [grace, code] of [
      [0, "epoch-unknown"],
      [Infinity, "record-replayed"],
    ] as const) {
      const { opener } = pair({ ...open, grace });
      opener.open(records[0]!, bare, start);
      opener.open(records[1]!, bare, start);
      expect(opener.nextExpiry).toBeUndefined();
      expect(codeOf(() => opener.open(records[0]!, bare, at(1e12)))).toBe(code);
    }
  });
});

describe("epochs kept, in order", () => {
  it("for frames only the current one, for bare records three more; and no chain secret but its own", () => {
    const watch = watched();
    const { opener } = pair({ openerProvider: watch.crypto });
    for (const [rotation, older] of [
      [0, 0],
      [1, 1],
      [5, 3],
      [69, 3],
    ] as const) {
      opener.open(records[rotation]!, bare, start);
      expect(watch.liveKeys()).toBe(1 + older);
      expect(watch.liveSecrets()).toEqual(rotation === 0 ? [] : [`rotation-${rotation}`]);
    }
    // The first chain secret came from outside; each of 1 to 69 was derived once, four keys for frames, seven for bare records.
    expect(watch.derived.length).toBe(69 + 4 + 7);
    opener.expire(at(1000));
    expect(watch.liveKeys()).toBe(1);
  });
});
