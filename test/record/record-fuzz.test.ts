import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { equalConstantTime } from "../../src/bytes/index.js";
import { SessionError } from "../../src/errors/index.js";
import { parseFrame } from "../../src/record/index.js";
import { bare, pair, providers, seed, start, text } from "./support.js";

const orderings = ["in-order", "out-of-order"] as const;

/** One change to a valid input: it may well undo an earlier one. */
const mutation = fc.oneof(
  fc.record({ kind: fc.constant("flip"), offset: fc.nat(), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant("set"), offset: fc.nat(), value: fc.constantFrom(0, 1, 0x7f, 0x80, 0xff) }),
  fc.record({ kind: fc.constant("cut"), offset: fc.nat() }),
  fc.record({
    kind: fc.constant("insert"),
    offset: fc.nat(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
  }),
  fc.record({ kind: fc.constant("repeat"), offset: fc.nat() }),
);
type Mutation = typeof mutation extends fc.Arbitrary<infer Value> ? Value : never;

function mutated(valid: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  let bytes = [...valid];
  for (const change of mutations) {
    const offset = change.offset % (bytes.length + 1);
    if (change.kind === "flip") bytes[offset] = (bytes[offset] ?? 0) ^ (1 << change.bit);
    else if (change.kind === "set") bytes[offset] = change.value;
    else if (change.kind === "cut") bytes = bytes.slice(0, offset);
    else if (change.kind === "insert") bytes.splice(offset, 0, ...change.bytes);
    else bytes.splice(offset, 0, ...bytes.slice(offset));
  }
  return Uint8Array.from(bytes);
}

/** Nothing but a SessionError comes out of `act`; true where it returned. */
function returns(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (!SessionError.is(error)) throw error;
    return false;
  }
}

const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 });
const runs = { node: 1500, noble: 400 };

describe.each(providers)("X40 fuzzing ($name)", provider => {
  it.each(orderings)("any bytes are refused with a typed error, by opener and frame opener: %s", ordering => {
    const { opener, frameOpener } = pair({ provider, ordering });
    const nearly = fc
      .tuple(
        fc.constantFrom(0x10, 0x11, 0x12, 1, 0xff),
        fc.constantFrom(0, 1, 2),
        fc.uint8Array({ maxLength: 60 }),
      )
      .map(([type, flags, body]) => Uint8Array.of(type, flags, 1, 0, 0, 0, 0, 0, 0, 0, ...body));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), nearly), bytes => {
        expect(returns(() => opener.open(bytes, bare, start))).toBe(false);
        expect(returns(() => frameOpener.open(bytes, start))).toBe(false);
        returns(() => parseFrame(bytes));
      }),
      { seed, numRuns: runs[provider.name] },
    );
  });

  it.each(orderings)(
    "mutations of a valid frame and record are refused, then the valid one opens: %s",
    ordering => {
      fc.assert(
        fc.property(fc.array(mutations, { minLength: 1, maxLength: 5 }), fc.nat(3), (attempts, rotations) => {
          const { sealer, opener, frameSealer, frameOpener } = pair({ provider, ordering });
          for (let rotation = 0; rotation < rotations; rotation++) sealer.rotate();
          const frame = frameSealer.seal(0x11, text("framed"));
          const record = sealer.seal(text("bare"), bare);
          const refuse = (valid: Uint8Array, open: (bytes: Uint8Array) => unknown): void => {
            for (const attempt of attempts) {
              const bytes = mutated(valid, attempt);
              if (!equalConstantTime(bytes, valid)) expect(returns(() => open(bytes))).toBe(false);
            }
          };
          refuse(frame, bytes => frameOpener.open(bytes, start));
          expect(frameOpener.open(frame, start).plaintext).toEqual(text("framed"));
          refuse(record, bytes => opener.open(bytes, bare, start));
          expect(opener.open(record, bare, start)).toEqual(text("bare"));
        }),
        { seed, numRuns: runs[provider.name] },
      );
    },
  );
});
