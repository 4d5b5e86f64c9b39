import { describe, expect, it } from "vitest";
import { replayWindowWidth } from "../../src/record/index.js";
import { bare, codeOf, flipped, pair, providers, renumbered, start, text, watched } from "./support.js";

const letters = ["a", "b", "c", "d"] as const;

describe.each(providers)("RecordOpener, in order ($name)", provider => {
  it("R16 fault 4: refuses a record opened before", () => {
    const { sealer, opener } = pair({ provider });
    const record = sealer.seal(text("a"), bare);
    expect(opener.open(record, bare, start)).toEqual(text("a"));
    expect(codeOf(() => opener.open(record, bare, start))).toBe("record-replayed");
  });

  it("R18 refuses a gap, whatever comes after it, until the missing record is there", () => {
    const { sealer, opener } = pair({ provider });
    const [a, b, c, d] = letters.map(letter => sealer.seal(text(letter), bare));
    opener.open(a!, bare, start);
    expect(codeOf(() => opener.open(c!, bare, start))).toBe("record-out-of-order");
    expect(codeOf(() => opener.open(d!, bare, start))).toBe("record-out-of-order");
    for (const [record, letter] of [
      [b!, "b"],
      [c!, "c"],
      [d!, "d"],
    ] as const) {
      expect(opener.open(record, bare, start)).toEqual(text(letter));
    }
  });

  it("R19 refuses what does not begin at the first record, of the direction and of an epoch", () => {
    const { sealer, opener } = pair({ provider });
    const a = sealer.seal(text("a"), bare);
    const b = sealer.seal(text("b"), bare);
    expect(codeOf(() => opener.open(b, bare, start))).toBe("record-out-of-order");
    opener.open(a, bare, start);
    sealer.rotate();
    const c = sealer.seal(text("c"), bare);
    const d = sealer.seal(text("d"), bare);
    expect(codeOf(() => opener.open(d, bare, start))).toBe("record-out-of-order");
    opener.open(c, bare, start);
    opener.open(d, bare, start);
  });

  it("older epochs are epoch-unknown as soon as a newer one has been authenticated, not before", () => {
    const { sealer, opener } = pair({ provider, grace: 1e9 });
    const a = sealer.seal(text("a"), bare);
    const b = sealer.seal(text("b"), bare);
    sealer.rotate();
    const c = sealer.seal(text("c"), bare);
    opener.open(a, bare, start);
    expect(codeOf(() => opener.open(flipped(c, 30 - 2), bare, start))).toBe("record-forged");
    opener.open(b, bare, start);
    opener.open(c, bare, start);
    expect(codeOf(() => opener.open(b, bare, start))).toBe("epoch-unknown");
    expect(codeOf(() => opener.open(a, bare, start))).toBe("epoch-unknown");
  });
});

describe.each(providers)("RecordOpener, out of order ($name)", provider => {
  it("opens each record once, in any order", () => {
    const { sealer, opener } = pair({ provider, ordering: "out-of-order" });
    const records = Array.from({ length: 50 }, (_, index) => sealer.seal(text(`${index}`), bare));
    for (const index of [49, 3, 0, 48, 25])
      expect(opener.open(records[index]!, bare, start)).toEqual(text(`${index}`));
    for (const index of [49, 3, 0, 48, 25]) {
      expect(codeOf(() => opener.open(records[index]!, bare, start))).toBe("record-replayed");
    }
    expect(opener.open(records[26]!, bare, start)).toEqual(text("26"));
  });

  it("R15 the window moves only after the tag holds", () => {
    const { sealer, opener } = pair({ provider, ordering: "out-of-order" });
    const early = sealer.seal(text("early"), bare);
    const late = sealer.seal(text("late"), bare);
    for (const counter of [3n, 50_000n, 2n ** 40n, 2n ** 64n - 2n]) {
      expect(codeOf(() => opener.open(renumbered(late, counter), bare, start))).toBe("record-forged");
    }
    expect(codeOf(() => opener.open(renumbered(late, 1n), bare, start))).toBe("record-forged");
    expect(opener.open(late, bare, start)).toEqual(text("late"));
    expect(opener.open(early, bare, start)).toEqual(text("early"));
  });

  it("R16 refuses a replay and what is older than the window, before any cryptography", () => {
    const watch = watched(provider);
    const { sealer, opener } = pair({ provider, ordering: "out-of-order", openerProvider: watch.crypto });
    const records: Uint8Array[] = [];
    for (let index = 0; index <= replayWindowWidth; index++) records.push(sealer.seal(text("x"), bare));
    opener.open(records[replayWindowWidth]!, bare, start);
    expect(codeOf(() => opener.open(records[0]!, bare, start))).toBe("record-out-of-window");
    expect(codeOf(() => opener.open(records[replayWindowWidth]!, bare, start))).toBe("record-replayed");
    expect(watch.opens()).toBe(1);
    expect(opener.open(records[1]!, bare, start)).toEqual(text("x"));
  });
});

describe.each(["in-order", "out-of-order"] as const)("RecordOpener, %s", ordering => {
  it("R14 a failed open moves nothing", () => {
    const { sealer, opener } = pair({ ordering });
    const a = sealer.seal(text("a"), bare);
    const b = sealer.seal(text("b"), bare);
    sealer.rotate();
    const c = sealer.seal(text("c"), bare);
    const attempts = [
      flipped(a, 12),
      flipped(a, 28),
      a.slice(0, -1),
      renumbered(a, 2n),
      renumbered(a, 2n ** 63n),
      renumbered(a, 1n, 1),
      renumbered(a, 1n, 64),
      renumbered(a, 1n, 65),
      renumbered(a, 1n, 0x1_0000),
      flipped(c, 12),
      new Uint8Array(3),
    ];
    for (const [record, letter] of [
      [a, "a"],
      [b, "b"],
      [c, "c"],
    ] as const) {
      const { epoch, nextExpiry } = opener;
      for (const attempt of attempts) codeOf(() => opener.open(attempt, bare, start));
      expect([opener.epoch, opener.nextExpiry]).toEqual([epoch, nextExpiry]);
      expect(opener.open(record, bare, start)).toEqual(text(letter));
    }
  });

  it("R17 fault 2: a record reflected to its sender is forged", () => {
    const there = pair({ ordering, direction: 1 });
    const back = pair({ ordering, direction: 2 });
    expect(codeOf(() => back.opener.open(there.sealer.seal(text("a"), bare), bare, start))).toBe(
      "record-forged",
    );
    const fresh = pair({ ordering, direction: 1 });
    expect(codeOf(() => back.frameOpener.open(fresh.frameSealer.seal(0x10, text("a")), start))).toBe(
      "record-forged",
    );
  });

  it("R21 a record moved to another epoch or counter is forged or refused", () => {
    const { sealer, opener } = pair({ ordering });
    const record = sealer.seal(text("a"), bare);
    expect(codeOf(() => opener.open(renumbered(record, 1n, 1), bare, start))).toBe("record-forged");
    const moved = ordering === "in-order" ? "record-out-of-order" : "record-forged";
    expect(codeOf(() => opener.open(renumbered(record, 2n), bare, start))).toBe(moved);
    expect(codeOf(() => opener.open(renumbered(record, 1n, 0x1_0000), bare, start))).toBe("epoch-unknown");
    expect(codeOf(() => opener.open(record, text("other data"), start))).toBe("record-forged");
    expect(opener.open(record, bare, start)).toEqual(text("a"));
  });

  it("R21 each bit of a record counts", () => {
    const { sealer, opener } = pair({ ordering });
    const record = sealer.seal(text("abc"), bare);
    for (let byte = 0; byte < record.length; byte++) {
      for (let bit = 0; bit < 8; bit++) codeOf(() => opener.open(flipped(record, byte, bit), bare, start));
    }
    expect(opener.open(record, bare, start)).toEqual(text("abc"));
  });

  it("R22 a tag always has 16 bytes: shorter ones are refused", () => {
    const watch = watched();
    const { sealer, opener } = pair({ ordering, openerProvider: watch.crypto });
    const record = sealer.seal(text("abcdefghijklmnopqrst"), bare);
    for (let kept = 0; kept < 16; kept++) {
      const short = new Uint8Array([...record.subarray(0, 12 + kept), ...record.subarray(28)]);
      expect(codeOf(() => opener.open(short, bare, start))).toBe("record-forged");
    }
    for (let length = 0; length <= 28; length++) {
      expect(codeOf(() => opener.open(record.slice(0, length), bare, start))).toBe("record-too-short");
    }
    expect([...watch.tagLengths]).toEqual([16]);
  });

  it("R23 what was not verified is not released, not even to a buffer of ours", () => {
    for (const provider of providers) {
      const watch = watched(provider);
      const { sealer, opener } = pair({ ordering, openerProvider: watch.crypto });
      const record = sealer.seal(text("secret"), bare);
      expect(codeOf(() => opener.open(flipped(record, 20), bare, start))).toBe("record-forged");
      expect(watch.keys[0]!.plaintext).toEqual(new Uint8Array(6));
      expect(opener.open(record, bare, start)).toEqual(text("secret"));
    }
  });

  it("a disposed opener has erased everything and opens nothing", () => {
    const watch = watched();
    const { sealer, opener } = pair({ ordering, openerProvider: watch.crypto });
    const record = sealer.seal(text("a"), bare);
    codeOf(() => opener.open(renumbered(record, 1n, 5), bare, start));
    opener.open(record, bare, start);
    sealer.rotate();
    opener.open(sealer.seal(text("b"), bare), bare, start);
    // The present frame key, a candidate's, and of the older epoch the bare key; out of order its frame key as well.
    expect(watch.liveKeys()).toBe(ordering === "in-order" ? 3 : 4);
    opener.dispose();
    opener.dispose();
    expect(watch.liveKeys()).toBe(0);
    expect(watch.liveSecrets()).toEqual([]);
    expect(codeOf(() => opener.open(record, bare, start))).toBe("secret-disposed");
    expect(codeOf(() => opener.expire(start))).toBe("secret-disposed");
    expect(opener.nextExpiry).toBeUndefined();
  });
});
