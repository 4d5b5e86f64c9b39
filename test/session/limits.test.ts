import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SessionError } from "../../src/errors/index.js";
import { decodeControl, encodeControl, type Control } from "../../src/session/control.js";
import {
  checkedLimits,
  decodeLimits,
  defaultLimits,
  encodedLimitsLength,
  encodeLimits,
  limitNames,
  stricterLimits,
  type LimitEdges,
  type SessionLimits,
} from "../../src/session/limits.js";

const seed = 20261124;

const edges: fc.Arbitrary<LimitEdges> = fc
  .tuple(fc.maxSafeNat(), fc.maxSafeNat())
  .filter(([a, b]) => a !== b)
  .map(([a, b]) => ({ warn: Math.min(a, b), max: Math.max(a, b) }));
const limits = fc.record({
  age: edges,
  idle: edges,
  sentMessages: edges,
  receivedMessages: edges,
  sentBytes: edges,
  receivedBytes: edges,
  lineageAge: edges,
}) satisfies fc.Arbitrary<SessionLimits>;

/** The same limits, told by the other end. */
const mirrored = (own: SessionLimits): SessionLimits => ({
  ...own,
  sentMessages: own.receivedMessages,
  receivedMessages: own.sentMessages,
  sentBytes: own.receivedBytes,
  receivedBytes: own.sentBytes,
});

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (SessionError.is(error)) return error.code;
    throw error;
  }
}

describe("limits of both ends", () => {
  it("H46 each edge is the smaller of both, what one sends is received at the other, and both ends compute the same", () => {
    fc.assert(
      fc.property(limits, limits, (own, peer) => {
        const agreed = stricterLimits(own, peer);
        expect(agreed).toEqual(mirrored(stricterLimits(peer, own)));
        for (const name of limitNames) {
          const { warn, max } = agreed[name];
          const theirs = mirrored(peer)[name];
          expect(max).toBe(Math.min(own[name].max, theirs.max));
          expect(warn).toBe(Math.min(own[name].warn, theirs.warn, max - 1));
          expect(warn).toBeLessThan(max);
          expect(warn).toBeGreaterThanOrEqual(0);
        }
        expect(stricterLimits(own, mirrored(own))).toEqual(own);
        expect(stricterLimits(agreed, peer)).toEqual(agreed);
      }),
      { seed, numRuns: 300 },
    );
  });

  it.each([
    [{ warn: 5, max: 5 }],
    [{ warn: 6, max: 5 }],
    [{ warn: -1, max: 5 }],
    [{ warn: 0, max: 2 ** 53 }],
    [{ warn: Number.NaN, max: 5 }],
    [{ warn: 0, max: Infinity }],
    [0],
    [Number.NaN],
    [-5],
  ] as const)("a configuration whose warning is not below its hard edge is refused: %j", option => {
    for (const name of limitNames)
      expect(codeOf(() => checkedLimits({ [name]: option }))).toBe("invalid-argument");
  });
});

describe("the peer's limits", () => {
  it("X40 are read as they were written", () => {
    fc.assert(
      fc.property(limits, own => void expect(decodeLimits(encodeLimits(own))).toEqual(own)),
      { seed, numRuns: 200 },
    );
    expect(encodeLimits(defaultLimits)).toHaveLength(encodedLimitsLength);
  });

  it("X40 any other length is malformed, and so is an edge over 2^53 - 1 or a warning at its hard edge", () => {
    const good = encodeLimits(defaultLimits);
    for (let length = 0; length < good.length; length++)
      expect(codeOf(() => decodeLimits(good.subarray(0, length)))).toBe("frame-malformed");
    expect(codeOf(() => decodeLimits(Uint8Array.from([...good, 0])))).toBe("frame-malformed");
    for (let field = 0; field < limitNames.length; field++) {
      const view = (warn: bigint, max: bigint): Uint8Array => {
        const bytes = Uint8Array.from(good);
        new DataView(bytes.buffer).setBigUint64(16 * field, warn);
        new DataView(bytes.buffer).setBigUint64(16 * field + 8, max);
        return bytes;
      };
      expect(codeOf(() => decodeLimits(view(0n, 2n ** 53n)))).toBe("frame-malformed");
      expect(codeOf(() => decodeLimits(view(7n, 7n)))).toBe("frame-malformed");
      expect(codeOf(() => decodeLimits(view(2n ** 64n - 1n, 2n ** 53n - 1n)))).toBe("frame-malformed");
      expect(codeOf(() => decodeLimits(view(2n ** 53n - 2n, 2n ** 53n - 1n)))).toBeUndefined();
    }
  });

  it("X40 any 112 bytes are limits that hold, or malformed", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: encodedLimitsLength, maxLength: encodedLimitsLength }),
      limits.chain(own =>
        fc.tuple(fc.nat(encodedLimitsLength - 1), fc.nat(255)).map(([index, value]) => {
          const mutated = encodeLimits(own);
          mutated[index] = value;
          return mutated;
        }),
      ),
    );
    fc.assert(
      fc.property(bytes, encoded => {
        let decoded: SessionLimits;
        try {
          decoded = decodeLimits(encoded);
        } catch (error) {
          expect(SessionError.is(error, "frame-malformed")).toBe(true);
          return;
        }
        expect(encodeLimits(decoded)).toEqual(encoded);
        expect(checkedLimits(decoded)).toEqual(decoded);
      }),
      { seed, numRuns: 500 },
    );
  });
});

describe("control frames", () => {
  const body = fc.uint8Array({ maxLength: 200 });
  const control: fc.Arbitrary<Control> = fc.oneof(
    fc.constantFrom<Control>({ kind: "confirm" }, { kind: "epoch" }),
    fc.constantFrom("normal", "going-away", "expired").map(reason => ({ kind: "close", reason }) as const),
    fc
      .tuple(
        fc.constantFrom("propose-generation", "answer-generation", "propose-renewal", "answer-renewal"),
        body,
      )
      .map(([kind, bytes]) => ({ kind, body: bytes })),
  );

  it("X40 are read as they were written", () => {
    fc.assert(
      fc.property(control, written => void expect(decodeControl(encodeControl(written))).toEqual(written)),
      { seed, numRuns: 300 },
    );
  });

  it("X40 any bytes are a control frame of one spelling, or malformed", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .tuple(fc.nat(9), fc.uint8Array({ maxLength: 3 }))
        .map(([kind, rest]) => Uint8Array.of(kind, ...rest)),
    );
    fc.assert(
      fc.property(bytes, plaintext => {
        let decoded: Control;
        try {
          decoded = decodeControl(plaintext);
        } catch (error) {
          expect(SessionError.is(error, "frame-malformed")).toBe(true);
          return;
        }
        expect(encodeControl(decoded)).toEqual(plaintext);
      }),
      { seed, numRuns: 1_000 },
    );
  });
});
