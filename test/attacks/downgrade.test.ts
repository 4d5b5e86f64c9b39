import { describe, expect, it } from "vitest";
import { concat } from "../../src/bytes/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { decodeOffer, encodeOffer, type Offer } from "../../src/session/offer.js";
import {
  at,
  exchange,
  newPair,
  seededRandom,
  type Pair,
  type PairOptions,
  type Path,
} from "../session/machine-pair.js";
import { flipped } from "./suite-cases.js";

const IK = 0x0002;
const XX = 0x0001;
const IKhfs = 0x0102;
const XXhfs = 0x0101;

/** Both accept classic suites, but the initiator tries hybrid first: there is something to downgrade to. */
const lenient: PairOptions = { known: true, both: { floor: "classic", prefer: "hybrid" } };
const lenientUnknown: PairOptions = { both: { floor: "classic", prefer: "hybrid" } };
/** The initiator tries classic first, and the responder wants hybrid: an honest retry. */
const retried: PairOptions = {
  known: true,
  both: { floor: "classic" },
  initiator: { prefer: "classic" },
  responder: { floor: "hybrid" },
};

function withOffer(frame: Uint8Array, change: (offer: Offer) => Uint8Array): Uint8Array {
  const length = frame[2]! * 256 + frame[3]!;
  const changed = change(decodeOffer(frame.slice(4, 4 + length)));
  return concat(
    frame.subarray(0, 2),
    Uint8Array.of(changed.length >> 8, changed.length),
    changed,
    frame.subarray(4 + length),
  );
}

const onFirst =
  (change: (offer: Offer) => Uint8Array): Path =>
  (frame, from, index) =>
    from === "initiator" && index === 0 ? [withOffer(frame, change)] : [frame];

function expectNoSession({ initiator, responder }: Pair): void {
  for (const end of [initiator, responder]) {
    expect(end.machine.state.name).not.toBe("active");
    expect(end.events).not.toContain("established");
  }
}

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, i) =>
    permutations(items.filter((_, j) => j !== i)).map(rest => [item, ...rest]),
  );
}

describe("an offer that is changed on its way", () => {
  const suitesOf = (options: PairOptions): readonly number[] => {
    let suites: readonly number[] = [];
    exchange(
      newPair(options),
      onFirst(offer => ((suites = offer.suites), encodeOffer(offer))),
    );
    return suites;
  };

  it("H46 nothing is changed by the harness itself", () => {
    const pair = newPair(lenient);
    exchange(
      pair,
      onFirst(offer => encodeOffer(offer)),
    );
    expect([pair.initiator.machine.suite, pair.responder.machine.suite]).toEqual(["IKhfs", "IKhfs"]);
    expect(suitesOf(lenient)).toEqual([IKhfs, XXhfs, IK, XX]);
    expect(suitesOf(lenientUnknown)).toEqual([XXhfs, XX]);
  });

  it.each([lenient, lenientUnknown])("H46 stripped, reordered, swapped: no session (%#)", options => {
    const suites = suitesOf(options);
    const subsets = Array.from({ length: 2 ** suites.length - 1 }, (_, i) =>
      suites.filter((_suite, bit) => ((i + 1) >> bit) & 1),
    );
    for (const changed of subsets.flatMap(permutations)) {
      if (String(changed) === String(suites)) continue;
      const pair = newPair(options);
      exchange(
        pair,
        onFirst(offer => encodeOffer({ ...offer, suites: changed })),
      );
      expectNoSession(pair);
    }
  });

  const edits: Record<string, (offer: Offer) => Uint8Array> = {
    "a suite repeated": offer => encodeOffer({ ...offer, suites: [...offer.suites, offer.suites[0]!] }),
    "a suite added": offer => encodeOffer({ ...offer, suites: [...offer.suites, 0x7777] }),
    "an unknown suite in front": offer => encodeOffer({ ...offer, suites: [0x7777, ...offer.suites] }),
    "a version added": offer => encodeOffer({ ...offer, versions: [1, 2] }),
    "a version in front": offer => encodeOffer({ ...offer, versions: [2, 1] }),
    "a version repeated": offer => encodeOffer({ ...offer, versions: [1, 1] }),
    "another version": offer => encodeOffer({ ...offer, versions: [2] }),
    "no version": offer => encodeOffer({ ...offer, versions: [] }),
    "no suite": offer => encodeOffer({ ...offer, suites: [] }),
    "another initiator": offer => encodeOffer({ ...offer, roles: [2, 1] }),
    "another responder": offer => encodeOffer({ ...offer, roles: [1, 2] }),
    "a byte behind it": offer => concat(encodeOffer(offer), Uint8Array.of(0)),
    "a byte less": offer => encodeOffer(offer).slice(0, -1),
  };
  it.each(Object.keys(edits))("H46 %s: no session", name => {
    for (const options of [lenient, lenientUnknown]) {
      const pair = newPair(options);
      exchange(pair, onFirst(edits[name]!));
      expectNoSession(pair);
    }
  });

  it("H46 every bit before message 1 counts", () => {
    const length = newPair(lenient).initiator.frames[0]!;
    const head = 4 + length[2]! * 256 + length[3]!;
    for (let index = 0; index < head; index++) {
      for (let bit = 0; bit < 8; bit++) {
        const pair = newPair(lenient);
        exchange(pair, (frame, from, i) =>
          from === "initiator" && i === 0 ? [flipped(frame, index, 1 << bit)] : [frame],
        );
        expectNoSession(pair);
      }
    }
  });
});

describe("a retry that nobody sent", () => {
  const retry = (suite: number, version = 1): Uint8Array =>
    Uint8Array.of(2, 0, version, suite >> 8, suite & 0xff);

  it.each([
    ["classic XX after hybrid", XX],
    ["classic IK after hybrid", IK],
    ["the first suite over again", IKhfs],
    ["a suite that was not offered", 0x0303],
    ["nothing", 0],
  ])("H46 names %s: the initiator refuses and says nothing more", (_name, suite) => {
    const { initiator } = newPair(lenient);
    initiator.takeFrames();
    initiator.receive(retry(suite));
    expect(initiator.failure).toBe("downgrade-refused");
    expect(initiator.takeFrames()).toEqual([]);
  });

  it("H46 names the first suite where that is XX: refused", () => {
    const { initiator } = newPair(lenientUnknown);
    initiator.receive(retry(XXhfs));
    expect(initiator.failure).toBe("downgrade-refused");
  });

  it("H46 names another version: refused", () => {
    const { initiator } = newPair(lenient);
    initiator.receive(retry(XXhfs, 2));
    expect(initiator.failure).toBe("downgrade-refused");
  });

  it("H46 names a hybrid suite below nobody's floor: the responder, who has not sent it, refuses the second offer", () => {
    for (const swallow of [true, false]) {
      const pair = newPair(lenient);
      exchange(pair, (frame, from, index) => {
        if (from === "initiator" && index === 0 && swallow) {
          pair.initiator.receive(retry(XXhfs));
          return [];
        }
        return from === "responder" && index === 0 ? [retry(XXhfs)] : [frame];
      });
      expectNoSession(pair);
    }
  });

  it("H46 comes after an honest one: refused", () => {
    const pair = newPair(retried);
    exchange(pair, (frame, from, index) =>
      from === "responder" && index === 1 ? [retry(XXhfs), frame] : [frame],
    );
    expect(pair.initiator.failure).toBe("frame-unexpected");
    expectNoSession(pair);
  });

  it("H46 comes to a responder: refused", () => {
    const { responder } = newPair(lenient);
    responder.receive(retry(XXhfs));
    expect(responder.failure).toBe("frame-unexpected");
  });
});

describe("an honest retry", () => {
  it("H46 leads to the hybrid suite that both accept", () => {
    const pair = newPair(retried);
    exchange(pair);
    expect([pair.initiator.machine.suite, pair.responder.machine.suite]).toEqual(["XXhfs", "XXhfs"]);
    expect(pair.initiator.machine.id).toEqual(pair.responder.machine.id);
  });

  it("H46 that is changed in any bit leads nowhere", () => {
    for (let index = 0; index < 5; index++) {
      for (let bit = 0; bit < 8; bit++) {
        const pair = newPair(retried);
        exchange(pair, (frame, from, i) =>
          from === "responder" && i === 0 ? [flipped(frame, index, 1 << bit)] : [frame],
        );
        expectNoSession(pair);
      }
    }
  });

  it("H46 whose suite is replaced by another legal one leads nowhere", () => {
    const pair = newPair(retried);
    exchange(pair, (frame, from, i) =>
      from === "responder" && i === 0 ? [Uint8Array.of(2, 0, 1, XX >> 8, XX)] : [frame],
    );
    expect(pair.responder.failure).toBe("downgrade-refused");
    expectNoSession(pair);
  });

  it("H46 after a first offer that somebody changed: the second one is not the same, and is refused", () => {
    // The relay gives the responder a reason to retry, in two ways: it strips what stands in front, or it spoils message 1.
    const strip: Path = onFirst(offer => encodeOffer({ ...offer, suites: [IK, XX, IKhfs, XXhfs] }));
    const spoil: Path = (frame, from, index) =>
      from === "initiator" && index === 0 ? [flipped(frame, frame.length - 1)] : [frame];
    for (const path of [strip, spoil]) {
      const pair = newPair(lenient);
      exchange(pair, path);
      expect([pair.initiator.failure, pair.responder.failure]).toContain("downgrade-refused");
      expectNoSession(pair);
    }
  });

  it("H46 is answered by a second offer in which every byte counts", () => {
    const answer = secondOffer();
    for (let index = 0; index < answer.length; index += index < 64 ? 1 : 23) {
      const pair = newPair(retried);
      exchange(pair, (frame, from, i) =>
        from === "initiator" && i === 1 ? [flipped(frame, index, 1 << (index & 7))] : [frame],
      );
      expectNoSession(pair);
    }
  });

  it("H46 a second offer without a first is refused", () => {
    const { responder } = newPair(retried);
    responder.receive(secondOffer());
    expect(responder.failure).toBe("frame-unexpected");
  });

  it("H46 a first offer in the place of the second is refused", () => {
    const pair = newPair(retried);
    let first: Uint8Array | undefined;
    exchange(pair, (frame, from) => {
      if (from === "responder") return [frame];
      return [(first ??= frame)];
    });
    expect(pair.responder.failure).toBe("frame-unexpected");
    expectNoSession(pair);
  });

  function secondOffer(): Uint8Array {
    const pair = newPair(retried);
    let answer: Uint8Array | undefined;
    exchange(pair, (frame, from, index) => {
      if (from === "initiator" && index === 1) answer = Uint8Array.from(frame);
      return [frame];
    });
    return answer!;
  }
});

describe("floors that do not meet", () => {
  it("H46 a hybrid floor refuses a classic offer, and a hybrid offer is not tried again as classic", () => {
    const pair = newPair({
      both: { prefer: "classic" },
      initiator: { floor: "classic" },
      responder: { floor: "hybrid" },
    });
    exchange(
      pair,
      onFirst(offer => encodeOffer({ ...offer, suites: [XX] })),
    );
    expect(pair.responder.failure).toBe("suite-not-acceptable");
    expectNoSession(pair);
  });

  it("H46 a pinned peer that has another key is not asked in a weaker suite", () => {
    const identity = nodeProvider.dh.generateKeyPair(seededRandom(606));
    const pair = newPair({ ...lenient, responder: { identity } });
    const seen: number[] = [];
    exchange(pair, (frame, from) => {
      if (from === "initiator" && (frame[0] === 1 || frame[0] === 3)) seen.push(frame.length);
      return [frame];
    });
    expect(pair.initiator.failure).toBe("peer-mismatch");
    // Both first messages carry an ML-KEM key.
    expect(seen).toHaveLength(2);
    for (const length of seen) expect(length).toBeGreaterThan(1184);
    pair.initiator.machine.wake(at(99_999));
    expectNoSession(pair);
  });
});
