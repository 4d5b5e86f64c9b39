import { describe, expect, it } from "vitest";
import { GenerationOpener, GenerationSealer } from "../../src/record/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { at, bare as noData, chainSecret, codeOf, flipped, pair, start, text, watched } from "./support.js";

const orderings = ["in-order", "out-of-order"] as const;

describe.each(orderings)("bare records beside frames, %s", ordering => {
  it("R16 arrive in any order, once, and no frame waits for them", () => {
    const { sealer, opener } = pair({ ordering });
    const kept = [0, 1, 2, 3].map(i => {
      const record = sealer.sealBare(text(`${i}`));
      expect(opener.open(sealer.seal(text(`frame ${i}`), noData), noData, start)).toEqual(text(`frame ${i}`));
      return record;
    });
    for (const i of [3, 0, 2]) expect(opener.openBare(kept[i]!, start)).toEqual(text(`${i}`));
    for (const i of [3, 0, 2]) expect(codeOf(() => opener.openBare(kept[i]!, start))).toBe("record-replayed");
    expect(opener.open(sealer.seal(text("more"), noData), noData, start)).toEqual(text("more"));
    expect([opener.openedBefore(1), sealer.sealed]).toEqual([5n, 5n]);
  });

  it("open ahead of the first frame of their epoch, advance nothing, and are remembered when the frame has come", () => {
    const watch = watched();
    const { sealer, opener } = pair({ ordering, openerProvider: watch.crypto });
    opener.open(sealer.seal(text("a"), noData), noData, start);
    sealer.rotate();
    const ahead = [sealer.sealBare(text("ahead")), sealer.sealBare(text("late"))] as const;
    const frame = sealer.seal(text("frame"), noData);
    expect(opener.openBare(ahead[0], start)).toEqual(text("ahead"));
    expect([opener.epoch, opener.nextExpiry]).toEqual([0, undefined]);
    const derived = watch.derived.length;
    for (let i = 0; i < 5; i++)
      expect(codeOf(() => opener.openBare(flipped(ahead[1], 20), start))).toBe("record-forged");
    expect(watch.derived.length).toBe(derived);
    opener.open(frame, noData, start);
    expect(opener.epoch).toBe(1);
    expect(codeOf(() => opener.openBare(ahead[0], start))).toBe("record-replayed");
    expect(opener.openBare(ahead[1], start)).toEqual(text("late"));
  });

  it("of the last three epochs open for the grace time, whether or not one of theirs had come before", () => {
    const { sealer, opener } = pair({ ordering, grace: 1000 });
    const records = [0, 1, 2, 3, 4].map(rotation => {
      if (rotation > 0) sealer.rotate();
      opener.open(sealer.seal(text("f"), noData), noData, start);
      return [sealer.sealBare(text(`${rotation}`)), sealer.sealBare(text(`again ${rotation}`))] as const;
    });
    expect(codeOf(() => opener.openBare(records[0]![0], start))).toBe("epoch-unknown");
    for (const rotation of [1, 2, 3, 4])
      expect(opener.openBare(records[rotation]![0], at(999))).toEqual(text(`${rotation}`));
    expect(opener.nextExpiry).toBe(1000);
    for (const rotation of [1, 2, 3])
      expect(codeOf(() => opener.openBare(records[rotation]![1], at(1000)))).toBe("epoch-unknown");
    expect(opener.openBare(records[4]![1], at(1000))).toEqual(text("again 4"));
  });

  it("R18 too far ahead are refused before anything is derived", () => {
    const watch = watched();
    const { sealer, opener } = pair({ ordering, openerProvider: watch.crypto });
    for (let i = 0; i < 65; i++) sealer.rotate();
    expect(codeOf(() => opener.openBare(sealer.sealBare(text("x")), start))).toBe("epoch-too-far");
    expect(watch.derived.length).toBe(0);
  });

  it("no key is derived for them where none is used, but those of epochs gone by", () => {
    const watch = watched();
    const { sealer, opener } = pair({ ordering, provider: watch.crypto, openerProvider: nodeProvider });
    opener.open(sealer.seal(text("a"), noData), noData, start);
    sealer.rotate();
    sealer.seal(text("b"), noData);
    expect(watch.derived.filter(({ info }) => info.includes("bare"))).toEqual([]);
  });
});

/** Both ends of one direction, through generations. */
function generations(ordering: (typeof orderings)[number], watch = watched()) {
  const first = { provider: nodeProvider, chainSecret: chainSecret(), generation: 0 };
  const sealer = new GenerationSealer(first);
  const opener = new GenerationOpener({
    ...first,
    chainSecret: chainSecret(),
    provider: watch.crypto,
    ordering,
    grace: 1000,
  });
  const advance = (generation: number): void => {
    opener.expect(generation, chainSecret(generation + 50));
    sealer.advance(generation, chainSecret(generation + 50));
  };
  const frame = (now = start): void => {
    const output = new Uint8Array(29);
    sealer.sealInto(text("f"), noData, output, 0);
    opener.open(output, noData, now);
  };
  return { sealer, opener, watch, advance, frame };
}

describe.each(orderings)("a direction through generations, %s", ordering => {
  it("keeps at most four epochs open, newest first, over both generations", () => {
    const { sealer, opener, watch, advance, frame } = generations(ordering);
    const records: Uint8Array[] = [];
    const epoch = (): void => {
      frame();
      records.push(sealer.sealBare(text(`${records.length}`)));
    };
    epoch();
    for (let i = 0; i < 3; i++) {
      sealer.rotate();
      epoch();
    }
    advance(1);
    epoch();
    sealer.rotate();
    epoch();
    // Of six epochs the last four: two of this generation, two of the one before.
    const outcomes = records.map(record => {
      try {
        return new TextDecoder().decode(opener.openBare(record, start));
      } catch {
        return "refused";
      }
    });
    expect(outcomes).toEqual(["refused", "refused", "2", "3", "4", "5"]);
    // Bare keys of all four; frame keys of all four, or of the current one where order is kept.
    expect(watch.liveKeys()).toBe(ordering === "in-order" ? 5 : 8);
    for (let i = 0; i < 2; i++) {
      sealer.rotate();
      epoch();
    }
    expect(opener.inspect().previous).toBeUndefined();
    opener.expire(at(1000));
    expect(watch.liveKeys()).toBe(1);
  });

  it("the epochs of the previous generation end at their own time, and the wake-up says so", () => {
    const { sealer, opener, advance, frame } = generations(ordering);
    frame();
    sealer.rotate();
    frame(at(100));
    advance(1);
    frame(at(500));
    expect(opener.nextExpiry).toBe(1100);
    opener.expire(at(1100));
    expect(opener.inspect().previous).toMatchObject({ generation: 0, rotation: 1, older: [] });
    expect(opener.nextExpiry).toBe(1500);
    opener.expire(at(1500));
    expect(opener.inspect().previous).toBeUndefined();
    expect(opener.nextExpiry).toBeUndefined();
  });

  it("bare records of an expected generation open, and do not make it the current one", () => {
    const { sealer, opener, advance, frame } = generations(ordering);
    frame();
    const late = sealer.sealBare(text("late"));
    advance(1);
    expect(opener.openBare(sealer.sealBare(text("early")), start)).toEqual(text("early"));
    expect(opener.generation).toBe(0);
    frame();
    expect(opener.generation).toBe(1);
    expect(opener.openBare(late, at(999))).toEqual(text("late"));
  });
});
