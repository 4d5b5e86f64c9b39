import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SessionError } from "../../src/errors/index.js";
import type { SessionOutput, SessionState } from "../../src/session/index.js";
import { flipped, suiteCases } from "../attacks/suite-cases.js";
import { WatchedProvider } from "../attacks/watched-provider.js";
import { at, exchange, newPair, type End, type Pair } from "../session/machine-pair.js";

const seed = 20261124;
type Name = keyof Pair;

/** One call of the owner of a session, or one event of its path. */
type Step =
  | { readonly do: "deliver"; readonly count: number }
  | { readonly do: "garble"; readonly index: number }
  | { readonly do: "garbage"; readonly bytes: Uint8Array }
  | { readonly do: "wait"; readonly milliseconds: number }
  | {
      readonly do:
        | "send"
        | "batch"
        | "rotate"
        | "advance"
        | "renew"
        | "announce"
        | "export"
        | "encrypt"
        | "decrypt"
        | "close"
        | "cut"
        | "accept"
        | "refuse"
        | "dispose";
    };

const simple = [
  "send",
  "send",
  "batch",
  "rotate",
  "advance",
  "renew",
  "announce",
  "export",
  "encrypt",
  "decrypt",
  "close",
  "cut",
  "accept",
  "accept",
  "refuse",
  "dispose",
] as const;
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({ do: fc.constant("deliver" as const), count: fc.integer({ min: 1, max: 4 }) }),
    weight: 8,
  },
  { arbitrary: fc.record({ do: fc.constant("garble" as const), index: fc.nat({ max: 200 }) }), weight: 1 },
  {
    arbitrary: fc.record({ do: fc.constant("garbage" as const), bytes: fc.uint8Array({ maxLength: 60 }) }),
    weight: 1,
  },
  {
    arbitrary: fc.record({ do: fc.constant("wait" as const), milliseconds: fc.nat({ max: 12_000 }) }),
    weight: 1,
  },
  { arbitrary: fc.record({ do: fc.constantFrom(...simple) }), weight: 8 },
);
const steps = fc.array(fc.tuple(fc.constantFrom<Name>("initiator", "responder"), step), {
  maxLength: 30,
  size: "max",
});

const order: Record<SessionState["name"], number> = {
  handshaking: 0,
  active: 1,
  "near-expiry": 1,
  ended: 2,
};

/** Checks after each call that what the machine says of itself fits with what it said before. */
class Observer {
  readonly #end: End;
  #state: SessionState;
  #seen = 0;
  #disconnected = false;

  constructor(end: End) {
    this.#end = end;
    this.#state = end.machine.state;
  }

  check(): void {
    const { machine, log } = this.#end;
    const before = this.#state;
    const { state } = machine;
    expect(order[state.name]).toBeGreaterThanOrEqual(order[before.name]);
    if (before.name === "ended") expect(state).toBe(before);
    this.#state = state;
    for (const output of log.slice(this.#seen)) this.#output(output, before);
    this.#seen = log.length;
    if (state.name === "ended") {
      expect(machine.nextWakeup(at(0))).toBeUndefined();
      expect(this.#end.events.filter(type => type === "ended")).toHaveLength(1);
    } else {
      expect(this.#end.events).not.toContain("ended");
    }
    expect(this.#end.events.filter(type => type === "established").length).toBeLessThan(2);
    if (state.name === "active") expect(this.#end.events).toContain("established");
    if (state.name === "handshaking") expect(machine.nextWakeup(at(0))).toBe(20_000);
  }

  #output(output: SessionOutput, before: SessionState): void {
    if (this.#disconnected) expect(output.kind).toBe("event");
    if (output.kind === "disconnect") this.#disconnected = true;
    if (output.kind === "message") {
      expect(this.#end.events).toContain("established");
      expect(before.name).not.toBe("ended");
    }
  }
}

function act(end: End, other: End, step: Step, now: number): void {
  const { machine } = end;
  const instant = at(now);
  switch (step.do) {
    case "deliver":
      for (const frame of other.frames.splice(0, step.count)) machine.receive(frame, instant);
      return;
    case "garble": {
      const frame = other.frames.shift();
      if (frame !== undefined) machine.receive(flipped(frame, step.index % frame.length), instant);
      return;
    }
    case "garbage":
      return machine.receive(step.bytes, instant);
    case "wait":
      return machine.wake(instant);
    case "send":
      return machine.send(Uint8Array.of(1, 2, 3), instant);
    case "batch":
      return machine.sendBatch([Uint8Array.of(1), Uint8Array.of(2)], instant);
    case "rotate":
      return machine.rotateKeys(instant);
    case "advance":
      return machine.advanceEpoch(instant);
    case "renew":
      return machine.renew(instant);
    case "announce":
      return machine.announceEpoch(instant);
    case "export":
      return machine.exportKey("label", new Uint8Array(0), 16).dispose();
    case "encrypt":
      return void machine.encrypt(Uint8Array.of(9), instant);
    case "decrypt":
      return void machine.decrypt(new Uint8Array(64), instant);
    case "close":
      return machine.close("normal", instant);
    case "cut":
      return machine.connectionEnded(instant);
    case "accept":
      return machine.authorize(true, instant);
    case "refuse":
      return machine.authorize(false, instant);
    case "dispose":
      return machine.dispose();
  }
}

const neverThrows: ReadonlySet<Step["do"]> = new Set([
  "deliver",
  "garble",
  "garbage",
  "wait",
  "close",
  "cut",
  "accept",
  "refuse",
  "dispose",
]);

describe.each(suiteCases)("$name: whatever is called, in whatever order", ({ options }) => {
  it.each(["ordered", "datagram"] as const)(
    "X43 X45 over %s: legal transitions, only SessionErrors, and no key left at the end",
    delivery => {
      fc.assert(
        fc.property(steps, fc.boolean(), fc.boolean(), (sequence, policyIsLate, established) => {
          const watched = new WatchedProvider();
          const both = { ...("both" in options ? options.both : {}), delivery, provider: watched.provider };
          const pair = newPair({ ...options, both });
          const made = new Set(watched.undisposed.length === 0 ? [] : watched.undisposed);
          const observers = {
            initiator: new Observer(pair.initiator),
            responder: new Observer(pair.responder),
          };
          if (established) exchange(pair);
          let now = 1;
          if (policyIsLate) pair.initiator.allow = pair.responder.allow = "later";
          for (const [name, step] of sequence) {
            if (step.do === "wait") now += step.milliseconds;
            const end = pair[name];
            const state = end.machine.state.name;
            try {
              act(end, name === "initiator" ? pair.responder : pair.initiator, step, now);
            } catch (error) {
              if (!SessionError.is(error)) throw error;
              expect(neverThrows.has(step.do)).toBe(false);
              expect(error.code).not.toMatch(/^(internal|secret-disposed)$/);
              if (state === "handshaking" && step.do !== "decrypt")
                expect(error.code).toBe("session-not-active");
              if (state === "ended") expect(error.code).toBe("session-closed");
            }
            end.collect(at(now));
            observers[name].check();
            // Whoever wakes it when it asks for that must not be asked again at once, for ever.
            if (step.do === "wait") expect(end.machine.nextWakeup(at(now)) ?? Infinity).toBeGreaterThan(now);
          }
          expect(made).toBeDefined();
          for (const end of [pair.initiator, pair.responder]) {
            end.machine.connectionEnded(at(now + 1));
            end.collect(at(now + 1));
          }
          observers.initiator.check();
          observers.responder.check();
          // The two identities are their owners'.
          expect(watched.undisposed.sort()).toEqual(["ephemeral", "ephemeral"]);
          expect(watched.unerased).toEqual([]);
        }),
        { seed, numRuns: 150 },
      );
    },
  );
});
