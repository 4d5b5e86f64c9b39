import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes/index.js";
import { clearFrame, clearFrameType } from "../../src/record/index.js";
import { defaultLimits } from "../../src/session/index.js";
import { at, exchange, type Pair } from "./machine-pair.js";
import { asked, asking, keptPair, restoredPair, Vault, type KeptPair } from "./restoration-pair.js";

const texts = (messages: readonly Uint8Array[]): string[] =>
  messages.map(message => new TextDecoder().decode(message));

function say(pair: Pair, from: keyof Pair, text: string, now = at(1)): void {
  pair[from].machine.send(utf8(text), now);
  pair[from].collect(now);
  exchange(pair, frame => [frame], now);
}

function talks(pair: KeptPair): void {
  for (const from of ["initiator", "responder"] as const) {
    say(pair, from, `of the ${from}`);
    const other = from === "initiator" ? pair.responder : pair.initiator;
    expect(texts(other.messages).at(-1)).toBe(`of the ${from}`);
  }
}

const ends = ["initiator", "responder"] as const;
const deliveries = ["ordered", "datagram"] as const;
const cases = ends.flatMap(by => deliveries.map(delivery => ({ by, delivery })));

describe.each(cases)("the $by asks to carry on, on a path that is $delivery", ({ by, delivery }) => {
  it("goes on under the same id, in the next generation, with the counts that were", () => {
    const pair = keptPair({ delivery });
    talks(pair);
    const again = restoredPair(pair, by);
    for (const end of ends) {
      expect(again[end].machine.id).toEqual(pair[end].machine.id);
      expect(again[end].machine.inspect().lineage?.current.generation).toBe(1);
      expect(again[end].machine.metrics().sent.messages).toBe(0n);
      expect(again[end].events.filter(type => type === "restored")).toHaveLength(1);
      expect(again[end].machine.role).toBe(end);
    }
    talks(again);
    const next = restoredPair(again, by === "initiator" ? "responder" : "initiator");
    talks(next);
    expect(next.initiator.machine.inspect().lineage?.current.generation).toBe(2);
  });

  it("goes on in the midst of a renewal, and after one", () => {
    for (let drop = 0; drop < 6; drop++) {
      const pair = keptPair({ delivery });
      talks(pair);
      pair.responder.machine.renew(at(1));
      pair.responder.collect(at(1));
      let frames = 0;
      exchange(pair, frame => (frames++ < drop ? [frame] : []));
      const again = restoredPair(pair, by);
      expect([drop, again[by].machine.restored]).toEqual([drop, "local"]);
      expect(again.initiator.machine.id).toEqual(again.responder.machine.id);
      talks(again);
    }
  });

  it("goes on in the midst of a generation", () => {
    for (let drop = 0; drop < 6; drop++) {
      const pair = keptPair({ delivery });
      talks(pair);
      pair.initiator.machine.advanceEpoch(at(1));
      pair.initiator.collect(at(1));
      let frames = 0;
      exchange(pair, frame => (frames++ < drop ? [frame] : []));
      const again = restoredPair(pair, by);
      expect([drop, again[by].machine.restored]).toEqual([drop, "local"]);
      talks(again);
    }
  });

  it("R16 a repeated first frame, or any other frame of the path, leads to no session and to no message", () => {
    const pair = keptPair({ delivery });
    talks(pair);
    const other = by === "initiator" ? "responder" : "initiator";
    const before = pair.vaults[other].copy();
    const [asker, answerer] = [asking(pair, by), asked(pair, other)];
    const captured: Uint8Array[] = [];
    /** As it was when the R was known, and the generation still the one that was asked for. */
    let answered: Vault | undefined;
    exchange({ initiator: asker, responder: answerer }, (frame, from) => {
      if (from === "initiator") captured.push(frame);
      else answered ??= pair.vaults[other].copy();
      return [frame];
    });
    asker.machine.send(utf8("once"), at(2));
    asker.collect(at(2));
    for (const frame of asker.takeFrames()) {
      captured.push(frame);
      answerer.receive(frame, at(2));
    }
    expect(texts(answerer.messages)).toEqual(["once"]);
    for (const vault of [pair.vaults[other], answered!, before]) {
      const third = asked(pair, other, vault);
      const { fence } = vault;
      const [first, ...others] = captured;
      third.receive(first!, at(3));
      // Whoever knows that R does not even take the lineage for it.
      const knows = vault !== before;
      expect(vault.fence).toBe(knows ? fence : fence + 1n);
      expect(third.takeFrames()[0]?.[0] === clearFrameType.restoreRefused).toBe(knows);
      for (const frame of others) third.receive(frame, at(3));
      expect(third.messages).toEqual([]);
      expect(third.events).not.toContain("established");
    }
  });

  it("S10 of two clones the second is refused, and needs a handshake", () => {
    const pair = keptPair({ delivery });
    const clone = pair.vaults[by].copy();
    const other = by === "initiator" ? "responder" : "initiator";
    talks(restoredPair(pair, by));
    const twin = asking(pair, by, clone);
    const answerer = asked(pair, other);
    exchange({ initiator: twin, responder: answerer });
    expect(twin.events).not.toContain("restored");
    expect(twin.machine.resumed).toBeUndefined();
    // A full handshake takes its place.
    expect(twin.events).toContain("established");
    expect(twin.machine.id).not.toEqual(pair[by].machine.id);
  });

  it("S10 an end whose store was put back is told by what the peer has received: both are quarantined", () => {
    const pair = keptPair({ delivery });
    const old = pair.vaults[by].copy();
    const other = by === "initiator" ? "responder" : "initiator";
    for (let i = 0; i < 4; i++) {
      pair[by].machine.sendBatch(
        Array.from({ length: 2_048 }, () => utf8("x")),
        at(1),
      );
      pair[by].collect(at(1));
      exchange(pair);
    }
    old.fence = pair.vaults[by].fence;
    const [asker, answerer] = [asking(pair, by, old), asked(pair, other)];
    exchange({ initiator: asker, responder: answerer });
    expect(asker.machine.state).toMatchObject({
      name: "ended",
      end: { kind: "quarantined", by: "local", regression: { whose: "own", cause: "counts" } },
    });
    expect(answerer.machine.state).toMatchObject({ name: "ended", end: { kind: "quarantined", by: "peer" } });
    expect(asker.events).not.toContain("established");
  });
});

describe("a refusal", () => {
  it("that is forged on datagrams costs a round trip, and not the session", () => {
    const pair = keptPair({ delivery: "datagram" });
    const [asker, answerer] = [asking(pair, "initiator"), asked(pair, "responder")];
    asker.receive(clearFrame(clearFrameType.restoreRefused, new Uint8Array(0)));
    exchange({ initiator: asker, responder: answerer });
    expect(asker.machine.id).toEqual(pair.initiator.machine.id);
    talks({ ...pair, initiator: asker, responder: answerer });
  });

  it.each(deliveries)("is followed by a full handshake on the same path (%s)", delivery => {
    const pair = keptPair({ delivery });
    const [asker, answerer] = [asking(pair, "initiator"), asked(pair, "responder", new Vault())];
    exchange({ initiator: asker, responder: answerer });
    expect(asker.machine.restored).toBeUndefined();
    talks({ ...pair, initiator: asker, responder: answerer });
  });

  it("is what an end answers that keeps nothing, without looking anything up", () => {
    const pair = keptPair();
    const asker = asking(pair, "initiator");
    const answerer = asked({ ...pair, options: { ...pair.options, persist: false } }, "responder");
    let looked = 0;
    answerer.restorable = () => void looked++;
    exchange({ initiator: asker, responder: answerer });
    expect(looked).toBe(0);
    expect(asker.events).toContain("established");
  });
});

describe("what depends on a write", () => {
  it("does not leave before it is durable: the first record, an answer to a generation, the record under it", () => {
    const pair = keptPair();
    const sealed = (end: keyof Pair): number => pair[end].takeFrames().length;
    pair.vaults.responder.answers = false;
    pair.initiator.machine.advanceEpoch(at(1));
    pair.initiator.collect(at(1));
    for (const frame of pair.initiator.takeFrames()) pair.responder.receive(frame);
    expect(pair.responder.machine.holdsBack).toBe(true);
    expect(sealed("responder")).toBe(0);
    pair.vaults.responder.write(pair.responder, at(1));
    const answers = pair.responder.takeFrames();
    expect(answers).toHaveLength(1);
    pair.vaults.initiator.answers = false;
    for (const frame of answers) pair.initiator.receive(frame);
    expect(sealed("initiator")).toBe(0);
    pair.vaults.initiator.write(pair.initiator, at(1));
    expect(sealed("initiator")).toBe(1);
  });

  it("is a send beyond the lease, which is refused till it is durable; the block shrinks with what is left", () => {
    const pair = keptPair({
      limits: { ...defaultLimits, sentMessages: { warn: 8, max: 10 } },
      autoRenew: false,
    });
    pair.vaults.initiator.answers = false;
    say(pair, "initiator", "1");
    expect(() => pair.initiator.machine.send(utf8("2"), at(1))).toThrow("more is being fetched");
    expect(() => pair.initiator.machine.encrypt(utf8("2"), at(1))).toThrow("more is being fetched");
    const again = restoredPair(pair, "initiator");
    expect(again.initiator.machine.checkHealth(at(1))).toMatchObject({ remaining: { sentMessages: 9 } });
  });
});
