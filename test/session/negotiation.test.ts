import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkOffer,
  checkRetry,
  firstChoice,
  offeredSuites,
  retryChoice,
} from "../../src/session/negotiation.js";
import { decodeOffer, decodeOpening, decodeRetry, encodeOffer, type Offer } from "../../src/session/offer.js";
import { suites } from "../../src/session/suites.js";
import { codeOf } from "../record/support.js";

const seed = 20261124;
const ids = Object.values(suites).map(suite => suite.id);
const anyId = fc.constantFrom(...ids, 0x7777, 0x0103);
const anyOffer = fc.record({
  versions: fc.uniqueArray(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 8 }),
  roles: fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 })),
  suites: fc.uniqueArray(anyId, { minLength: 1, maxLength: 6 }),
});
const anyFloor = fc.constantFrom("hybrid" as const, "classic" as const);
const isXX = (id: number): boolean => id === suites.XX.id || id === suites.XXhfs.id;
const isHybrid = (id: number): boolean => id === suites.XXhfs.id || id === suites.IKhfs.id;

describe("the retry of an offer", () => {
  it("H46 the responder's choice is XX, from behind the front, never below its floor, never classic after hybrid", () => {
    fc.assert(
      fc.property(anyOffer, anyFloor, (offer, floor) => {
        const [front, ...rest] = offer.suites;
        const allowed = rest.filter(
          id => isXX(id) && (isHybrid(id) || (floor === "classic" && !isHybrid(front!))),
        );
        expect(retryChoice(offer, floor)?.id).toBe(allowed[0]);
      }),
      { seed },
    );
  });

  it("H46 the initiator takes what it has offered, XX, not the front, not below its floor, not classic after hybrid", () => {
    fc.assert(
      fc.property(anyOffer, anyFloor, anyId, fc.constantFrom(0, 1, 2), (offer, floor, suite, version) => {
        const legal =
          version === 1 &&
          offer.suites.indexOf(suite) > 0 &&
          isXX(suite) &&
          (isHybrid(suite) || (floor === "classic" && !isHybrid(offer.suites[0]!)));
        const check = (): unknown => checkRetry({ version, suite }, offer, floor);
        if (legal) expect(check()).toMatchObject({ id: suite });
        else expect(codeOf(check)).toBe("downgrade-refused");
      }),
      { seed, numRuns: 500 },
    );
  });

  it("H46 every retry that a responder may send to an honest offer is one that its initiator takes", () => {
    for (const known of [true, false]) {
      for (const floor of ["hybrid", "classic"] as const) {
        for (const prefer of ["hybrid", "classic"] as const) {
          const offered = offeredSuites(known, floor, prefer).map(suite => suite.id);
          const offer: Offer = { versions: [1], roles: [1, 1], suites: offered };
          for (const theirs of ["hybrid", "classic"] as const) {
            const suite = retryChoice(offer, theirs);
            if (suite !== undefined && (suite.hybrid || floor === "classic"))
              expect(checkRetry({ version: 1, suite: suite.id }, offer, floor)).toBe(suite);
          }
        }
      }
    }
  });
});

describe("an offer", () => {
  it("H46 to another kind of end, or without this version, is refused", () => {
    const offer: Offer = { versions: [1], roles: [1, 1], suites: [suites.XXhfs.id] };
    checkOffer(offer);
    for (const change of [{ versions: [2] }, { roles: [2, 1] }, { roles: [1, 2] }] as const)
      expect(codeOf(() => checkOffer({ ...offer, ...change }))).toBe("suite-not-acceptable");
  });

  it("H46 whose front is unknown or below the floor has no first choice", () => {
    const of = (id: number): Offer => ({ versions: [1], roles: [1, 1], suites: [id] });
    expect(firstChoice(of(suites.XXhfs.id), "hybrid")).toBe(suites.XXhfs);
    expect(firstChoice(of(suites.XX.id), "hybrid")).toBeUndefined();
    expect(firstChoice(of(suites.XX.id), "classic")).toBe(suites.XX);
    expect(firstChoice(of(0x7777), "classic")).toBeUndefined();
  });

  it("X40 is read as it was written", () => {
    fc.assert(
      fc.property(anyOffer, offer => {
        expect(decodeOffer(encodeOffer(offer))).toEqual(offer);
      }),
      { seed },
    );
  });

  it("X40 with repeats, with too many or no entries, cut short or with bytes behind it is malformed", () => {
    const valid = { versions: [1], roles: [1, 1], suites: [1, 2] } as const;
    const many = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
    const broken: Offer[] = [
      { ...valid, versions: [] },
      { ...valid, versions: [1, 1] },
      { ...valid, versions: many(9) },
      { ...valid, suites: [] },
      { ...valid, suites: [1, 2, 1] },
      { ...valid, suites: many(17) },
    ];
    for (const offer of broken) expect(codeOf(() => decodeOffer(encodeOffer(offer)))).toBe("offer-malformed");
    const bytes = encodeOffer(valid);
    for (let length = 0; length < bytes.length; length++)
      expect(codeOf(() => decodeOffer(bytes.subarray(0, length)))).toBe("offer-malformed");
    expect(codeOf(() => decodeOffer(Uint8Array.from([...bytes, 0])))).toBe("offer-malformed");
    decodeOffer(encodeOffer({ ...valid, versions: many(8), suites: many(16) }));
  });

  it("X40 a retry has three bytes", () => {
    for (let length = 0; length < 6; length++) {
      if (length !== 3) expect(codeOf(() => decodeRetry(new Uint8Array(length)))).toBe("offer-malformed");
    }
    expect(decodeRetry(Uint8Array.of(1, 1, 2))).toEqual({ version: 1, suite: 0x0102 });
  });

  it("X40 an opening frame whose offer claims more bytes than there are is malformed", () => {
    for (const type of [0x01, 0x03] as const) {
      expect(codeOf(() => decodeOpening(type, Uint8Array.of(0xff, 0xff, 1, 1)))).toBe("offer-malformed");
      expect(codeOf(() => decodeOpening(type, new Uint8Array(0)))).toBe("offer-malformed");
    }
  });
});
