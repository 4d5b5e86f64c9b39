import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, utf8 } from "../../src/bytes/index.js";
import { SessionError, type ErrorCode } from "../../src/errors/index.js";
import { readClearFrame } from "../../src/session/clear-frame.js";
import { decodeControl, encodeControl } from "../../src/session/control.js";
import { decodeOffer, decodeOpening, decodeRetry } from "../../src/session/offer.js";
import { at, exchange, newPair, type End, type Pair, type Path } from "../session/machine-pair.js";
import { suiteCases } from "./suite-cases.js";

const seed = 20261124;
const bytes = fc.uint8Array({ maxLength: 80 });

/** Nothing but a SessionError with one of `codes` comes out of it. */
function expectTyped(read: () => unknown, codes: readonly ErrorCode[]): void {
  try {
    read();
  } catch (error) {
    if (!SessionError.is(error)) throw error;
    expect(codes).toContain(error.code);
    expect(error.message.length).toBeLessThan(300);
  }
}

describe("every parser of a session", () => {
  it("X40 offers, retries and opening frames: random bytes give a typed error or a value", () => {
    fc.assert(
      fc.property(bytes, input => {
        expectTyped(() => decodeOffer(input), ["offer-malformed"]);
        expectTyped(() => decodeRetry(input), ["offer-malformed"]);
        expectTyped(() => decodeOpening(0x01, input), ["offer-malformed"]);
        expectTyped(() => decodeOpening(0x03, input), ["offer-malformed"]);
      }),
      { seed, numRuns: 2000 },
    );
  });

  it("X40 control and clear frames: random bytes give a typed error or a value", () => {
    fc.assert(
      fc.property(bytes, input => {
        expectTyped(() => decodeControl(input), ["frame-malformed"]);
        expectTyped(() => readClearFrame(input, [0x01, 0x04]), ["frame-malformed", "frame-unexpected"]);
      }),
      { seed, numRuns: 2000 },
    );
  });

  it("X40 a control frame has one spelling: no byte more, no other kind or reason", () => {
    const valid = [
      encodeControl({ kind: "confirm" }),
      encodeControl({ kind: "epoch" }),
      encodeControl({ kind: "close", reason: "normal" }),
      encodeControl({ kind: "close", reason: "going-away" }),
      encodeControl({ kind: "close", reason: "expired" }),
      encodeControl({ kind: "close", reason: "quarantined" }),
    ];
    for (const plaintext of valid) {
      expect(encodeControl(decodeControl(plaintext))).toEqual(plaintext);
      expect(() => decodeControl(concat(plaintext, Uint8Array.of(0)))).toThrow(SessionError);
      expect(() => decodeControl(plaintext.subarray(0, -1))).toThrow(SessionError);
    }
    expect(() => decodeControl(Uint8Array.of(2, 4))).toThrow(SessionError);
    expect(() => decodeControl(Uint8Array.of(0))).toThrow(SessionError);
  });
});

/** One thing that is done to one frame on its way. */
type Mutation =
  | { readonly kind: "flip"; readonly at: number; readonly mask: number }
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "extend"; readonly bytes: Uint8Array }
  | { readonly kind: "replace"; readonly bytes: Uint8Array }
  | { readonly kind: "type"; readonly type: number }
  | { readonly kind: "repeat" }
  | { readonly kind: "drop" }
  | { readonly kind: "reflect" }
  | { readonly kind: "earlier"; readonly index: number };

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({
    kind: fc.constant("flip" as const),
    at: fc.nat({ max: 4000 }),
    mask: fc.integer({ min: 1, max: 255 }),
  }),
  fc.record({ kind: fc.constant("cut" as const), at: fc.nat({ max: 4000 }) }),
  fc.record({ kind: fc.constant("extend" as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }) }),
  fc.record({ kind: fc.constant("replace" as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 80 }) }),
  fc.record({
    kind: fc.constant("type" as const),
    type: fc.constantFrom(0, 1, 2, 3, 4, 5, 0x10, 0x11, 0x12, 0x13, 255),
  }),
  fc.record({ kind: fc.constantFrom("repeat" as const, "drop" as const, "reflect" as const) }),
  fc.record({ kind: fc.constant("earlier" as const), index: fc.nat({ max: 8 }) }),
);

function mutated(frame: Uint8Array, change: Mutation, earlier: readonly Uint8Array[]): Uint8Array[] {
  const copy = Uint8Array.from(frame);
  switch (change.kind) {
    case "flip":
      copy[change.at % copy.length]! ^= change.mask;
      return [copy];
    case "cut":
      return [copy.subarray(0, change.at % copy.length)];
    case "extend":
      return [concat(copy, change.bytes)];
    case "replace":
      return [change.bytes];
    case "type":
      copy[0] = change.type;
      return [copy];
    case "repeat":
      return [copy, copy];
    case "drop":
      return [];
    case "reflect":
      return [copy];
    case "earlier":
      return [copy, earlier[change.index % earlier.length]!];
  }
}

const spoken = {
  initiator: ["a1", "a2", "a3"],
  responder: ["b1", "b2"],
} as const;

/** A whole session on a path that changes frames. Throws where an end throws. */
function run(pair: Pair, changes: ReadonlyMap<number, Mutation>): void {
  const seen: Uint8Array[] = [];
  const path: Path = (frame, from) => {
    seen.push(Uint8Array.from(frame));
    const change = changes.get(seen.length - 1);
    if (change === undefined) return [frame];
    if (change.kind === "reflect") pair[from].receive(frame, at(2));
    return mutated(frame, change, seen);
  };
  exchange(pair, path);
  for (const name of ["initiator", "responder"] as const) {
    const end = pair[name];
    if (end.machine.state.name !== "active") continue;
    for (const [i, text] of spoken[name].entries()) {
      end.machine.send(utf8(text), at(3));
      if (i === 0) end.machine.rotateKeys(at(3));
    }
    end.collect(at(3));
  }
  exchange(pair, path);
  pair.initiator.machine.close("normal", at(4));
  pair.initiator.collect(at(4));
  exchange(pair, path);
}

function expectSound(pair: Pair, delivery: "ordered" | "datagram"): void {
  for (const [end, name, from] of [
    [pair.initiator, "initiator", "responder"],
    [pair.responder, "responder", "initiator"],
  ] as const) {
    const texts = end.messages.map(message => new TextDecoder().decode(message));
    const sent: readonly string[] = spoken[from];
    if (delivery === "ordered") expect(texts).toEqual(sent.slice(0, texts.length));
    else {
      expect(new Set(texts).size).toBe(texts.length);
      for (const text of texts) expect(sent).toContain(text);
    }
    if (end.events.includes("established")) {
      // Active means: with the keys of the other end, and with the other end's identity.
      expect(end.machine.id).toEqual(pair[from].machine.id);
      expect(pair[from].machine.id).toBeDefined();
    }
    expectNoInternal(end);
    expect(end.events.filter(type => type === "established").length).toBeLessThan(2);
    expect(end.events.filter(type => type === "ended").length).toBeLessThan(2);
    expect(name).toBe(end.machine.role);
  }
}

function expectNoInternal(end: End): void {
  const { refused } = end.machine.metrics();
  for (const code of Object.keys(refused)) {
    expect(["internal", "secret-disposed", "invalid-argument", "handshake-out-of-turn"]).not.toContain(code);
  }
}

describe.each(suiteCases)("$name: a session on a path that changes frames", ({ options }) => {
  it.each(["ordered", "datagram"] as const)(
    "X40 R23 over %s, nothing throws, nothing false is delivered, nobody is active with false keys",
    delivery => {
      const both = { ...("both" in options ? options.both : {}), delivery };
      const positions = fc.dictionary(fc.constantFrom(..."0123456789"), mutation, { maxKeys: 3 });
      fc.assert(
        fc.property(positions, changes => {
          const pair = newPair({ ...options, both });
          run(pair, new Map(Object.entries(changes).map(([key, change]) => [Number(key), change])));
          expectSound(pair, delivery);
        }),
        { seed, numRuns: 80 },
      );
    },
  );

  it("X40 as it is, the path carries everything: the property above is about something", () => {
    const pair = newPair(options);
    run(pair, new Map());
    expect(pair.initiator.messages).toHaveLength(2);
    expect(pair.responder.messages).toHaveLength(3);
    expect(pair.responder.machine.state).toMatchObject({ end: { kind: "closed" } });
  });
});

describe("random bytes at any time", () => {
  it("X40 an end in any state takes them without throwing", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 0, maxLength: 1400 }), { maxLength: 4 }),
        fc.nat({ max: 4 }),
        fc.constantFrom("initiator" as const, "responder" as const),
        (frames, after, name) => {
          const pair = newPair();
          let count = 0;
          exchange(pair, frame => {
            if (count++ === after) for (const random of frames) pair[name].receive(random, at(1));
            return [frame];
          });
          for (const random of frames) pair[name].receive(random, at(2));
          expectNoInternal(pair[name]);
          expect(pair[name].messages).toEqual([]);
        },
      ),
      { seed, numRuns: 100 },
    );
  });
});
