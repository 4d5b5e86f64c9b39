import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes/index.js";
import type { Instant } from "../../src/ports/index.js";
import { checkedLimits, limitNames, type SessionLimits } from "../../src/session/index.js";
import { Lifetime } from "../../src/session/lifetime.js";
import { at, establishedPair, exchange, type End } from "./machine-pair.js";

const seed = 20261124;
const hour = 3_600_000;
const year = 8_766 * hour;

/** What a limit is, said as plainly as can be: everything that happened is kept, and added up when it is asked. */
class NaiveLifetime {
  readonly happened: {
    readonly direction: "sent" | "received";
    readonly messages: number;
    readonly bytes: number;
    readonly at: Instant;
  }[] = [];

  readonly limits: SessionLimits;
  readonly born: Instant;
  readonly lineageAge: number;

  constructor(limits: SessionLimits, born: Instant, lineageAge: number) {
    this.limits = limits;
    this.born = born;
    this.lineageAge = lineageAge;
  }

  used(name: (typeof limitNames)[number], now: Instant): number {
    const since = (then: Instant): number =>
      Math.max(0, now.wall - then.wall, now.monotonic - then.monotonic);
    const sum = (direction: string, what: "messages" | "bytes"): number =>
      this.happened
        .filter(event => event.direction === direction)
        .reduce((total, event) => total + event[what], 0);
    return {
      age: since(this.born),
      idle: since(this.happened.at(-1)?.at ?? this.born),
      lineageAge: this.lineageAge + since(this.born),
      sentMessages: sum("sent", "messages"),
      receivedMessages: sum("received", "messages"),
      sentBytes: sum("sent", "bytes"),
      receivedBytes: sum("received", "bytes"),
    }[name];
  }

  status(now: Instant): { status: string; reason?: string; left?: number } {
    const parts = limitNames.map(name => {
      const { warn, max } = this.limits[name];
      const used = this.used(name, now);
      return { name, left: max - used, near: used >= warn, part: (max - used) / (max - warn) };
    });
    const over = parts.find(({ left }) => left <= 0);
    if (over !== undefined) return { status: "expired", reason: over.name };
    const near = parts.filter(part => part.near).sort((a, b) => a.part - b.part)[0];
    return near === undefined
      ? { status: "healthy" }
      : { status: "near-expiry", reason: near.name, left: near.left };
  }
}

const edge = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 20 }));
const smallLimits = fc.tuple(edge, edge, edge, edge, edge, edge, edge).map(all => {
  const edges = all.map(([warn, more]) => ({ warn, max: warn + more }));
  return checkedLimits(Object.fromEntries(limitNames.map((name, i) => [name, edges[i]!])));
});
const events = fc.array(
  fc.record({
    wall: fc.integer({ min: -30, max: 30 }),
    monotonic: fc.integer({ min: 0, max: 10 }),
    direction: fc.constantFrom("sent", "received", "nothing"),
    messages: fc.integer({ min: 1, max: 4 }),
    bytes: fc.integer({ min: 1, max: 12 }),
  }),
  { maxLength: 12 },
);

describe("Lifetime", () => {
  const wide = { age: 1_000, idle: 1_000, lineageAge: 1_000, sentMessages: 1_000 };
  const used = { sentMessages: 1_000, receivedMessages: 0, sentBytes: 0, receivedBytes: 0 };

  it.each<[string, (lifetime: Lifetime) => void]>([
    ["lineageAge", lifetime => lifetime.restrict(checkedLimits(wide), 100, at(10))],
    ["age", lifetime => lifetime.restrict(checkedLimits({ ...wide, age: 100 }), 1_000, at(10))],
    ["sentMessages", lifetime => lifetime.carryOn({ used, received: { messages: 0, bytes: 0 } })],
  ])("what it has found out does not outlive a change: %s", (reason, change) => {
    const lifetime = new Lifetime(checkedLimits(wide), at(0), { at: at(0), age: 0 });
    expect(lifetime.expiredBy(at(10))).toBeUndefined();
    change(lifetime);
    expect(lifetime.expiredBy(at(120))).toBe(reason);
  });

  it("X42 says of every limit, at every moment and however the wall clock jumps, what a naive model says", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(smallLimits, events, fc.integer({ min: 0, max: 20 }), (limits, sequence, lineageAge) => {
        let now: Instant = { wall: 1_000, monotonic: 500 };
        const lifetime = new Lifetime(limits, now, { at: now, age: lineageAge });
        const model = new NaiveLifetime(limits, now, lineageAge);
        for (const { wall, monotonic, direction, messages, bytes } of sequence) {
          now = { wall: now.wall + wall, monotonic: now.monotonic + monotonic };
          if (direction !== "nothing") {
            const before = model.used(`${direction}Messages`, now);
            const over =
              before + messages > limits[`${direction}Messages`].max ||
              model.used(`${direction}Bytes`, now) + bytes > limits[`${direction}Bytes`].max;
            expect(lifetime.exceededBy(direction, messages, bytes) !== undefined).toBe(over);
            model.happened.push({ direction, messages, bytes, at: now });
            if (direction === "sent") lifetime.countSent(messages, bytes, now);
            else lifetime.countReceived(messages, bytes, now);
          }
          const expected = model.status(now);
          expect(lifetime.status(now)).toMatchObject(expected);
          expect(lifetime.expiredBy(now)).toBe(expected.status === "expired" ? expected.reason : undefined);
          expect(lifetime.lineageLeft(now)).toBe(
            Math.max(0, limits.lineageAge.max - model.used("lineageAge", now)),
          );
          for (const name of limitNames)
            expect(lifetime.isNear(name, now)).toBe(model.used(name, now) >= limits[name].warn);
          const timed = (["age", "idle", "lineageAge"] as const).flatMap(name => {
            const used = model.used(name, now);
            const next = [limits[name].warn, limits[name].max].find(value => value > used);
            return next === undefined ? [] : [now.monotonic + next - used];
          });
          expect(lifetime.nextEdge(now)).toBe(timed.length === 0 ? undefined : Math.min(...timed));
          seen.add(`${expected.status} ${expected.reason ?? ""}`);
        }
      }),
      { seed, numRuns: 1_500 },
    );
    for (const name of limitNames) {
      expect(seen).toContain(`near-expiry ${name}`);
      expect(seen).toContain(`expired ${name}`);
    }
    expect(seen).toContain("healthy ");
  });
});

describe("X42 the clock", () => {
  const limits = checkedLimits({
    age: { warn: hour, max: 2 * hour },
    idle: { warn: 10 * hour, max: 20 * hour },
  });
  const pairWith = () => establishedPair({ both: { limits, autoRenew: false } });
  const stepped = (monotonic: number, wall: number): Instant => ({
    wall: at(monotonic).wall + wall,
    monotonic,
  });
  const talk = (from: End, to: End, now: Instant): void => {
    const before = to.messages.length;
    from.machine.send(utf8("x"), now);
    from.collect(now);
    for (const frame of from.takeFrames()) to.receive(frame, now);
    expect(to.messages).toHaveLength(before + 1);
  };

  it.each([hour, 3 * hour, year, 100 * year])(
    "X42 a step of %d ms forwards that is taken back leaves everything as it was",
    step => {
      const { initiator, responder } = pairWith();
      const before = initiator.machine.checkHealth(at(1_000));
      // Looking at health in the wrong moment costs nothing: only a send or a wake-up acts on it.
      initiator.machine.checkHealth(stepped(1_500, step));
      initiator.machine.nextWakeup(stepped(1_500, step));
      expect(initiator.machine.checkHealth(at(1_000))).toEqual(before);
      talk(initiator, responder, at(2_000));
      talk(responder, initiator, at(2_000));
      expect(initiator.machine.checkHealth(at(2_000)).status).toBe("healthy");
      expect(initiator.machine.state.name).toBe("active");
    },
  );

  it("X42 a message that came while the clock was years ahead poisons nothing once it is set right", () => {
    const idle = checkedLimits({
      age: 200 * year,
      idle: { warn: hour, max: 2 * hour },
      lineageAge: 200 * year,
    });
    const { initiator, responder } = establishedPair({ both: { limits: idle, autoRenew: false } });
    const ahead = stepped(1_000, 100 * year);
    // Idle for years by the wall clock: so it ends where it is asked to act. The other end, whose clock was right, is not.
    expect(initiator.machine.checkHealth(ahead)).toEqual({ status: "expired", reason: "idle" });
    talk(responder, initiator, at(2_000));
    responder.machine.wake(at(2_000));
    expect(responder.machine.state.name).toBe("active");

    const other = establishedPair({ both: { limits: idle, autoRenew: false } });
    other.initiator.machine.send(utf8("x"), stepped(1_000, 30 * 60_000));
    other.initiator.collect(at(1_000));
    exchange(other);
    expect(other.initiator.machine.checkHealth(at(2_000)).status).toBe("healthy");
    // Its last activity is in the future of the wall clock: the monotonic clock goes on counting.
    expect(other.initiator.machine.checkHealth(at(1_000 + hour)).status).toBe("near-expiry");
    expect(other.initiator.machine.checkHealth(at(1_000 + 2 * hour)).status).toBe("expired");
  });

  it.each([hour, 3 * hour, year])("X42 a step of %d ms back gains nobody time", step => {
    const { initiator } = pairWith();
    const born = 1;
    const back = (monotonic: number): Instant => stepped(born + monotonic, -step);
    expect(initiator.machine.checkHealth(back(hour - 1)).status).toBe("healthy");
    expect(initiator.machine.checkHealth(back(hour))).toMatchObject({ status: "near-expiry", left: hour });
    expect(initiator.machine.checkHealth(back(2 * hour - 1))).toMatchObject({ left: 1 });
    expect(initiator.machine.checkHealth(back(2 * hour))).toEqual({ status: "expired", reason: "age" });
    expect(() => initiator.machine.send(utf8("x"), back(2 * hour))).toThrow(
      expect.objectContaining({ code: "session-expired" }),
    );
  });

  it("X42 a machine that slept has aged: the monotonic clock stood still, the wall clock went on", () => {
    const { initiator } = pairWith();
    const born = 1;
    const asleep = (wall: number): Instant => ({ wall: at(born).wall + wall, monotonic: born + 10 });
    expect(initiator.machine.checkHealth(asleep(hour - 1)).status).toBe("healthy");
    expect(initiator.machine.checkHealth(asleep(hour))).toMatchObject({ status: "near-expiry", left: hour });
    expect(initiator.machine.checkHealth(asleep(2 * hour))).toEqual({ status: "expired", reason: "age" });
    initiator.machine.wake(asleep(2 * hour));
    expect(initiator.machine.state).toMatchObject({ end: { kind: "expired", reason: "age" } });
  });

  it("X42 a renewal while the clocks are wrong gives the lineage no more time than there was", () => {
    const lineage = checkedLimits({ age: 10 * hour, lineageAge: { warn: hour, max: 2 * hour } });
    const pair = establishedPair({ both: { limits: lineage, autoRenew: false } });
    const born = 1;
    const renewAt = (now: Instant): void => {
      const before = pair.initiator.machine.id;
      pair.initiator.machine.renew(now);
      pair.initiator.collect(now);
      for (let round = 0; round < 4; round++) {
        for (const frame of pair.initiator.takeFrames()) pair.responder.receive(frame, now);
        for (const frame of pair.responder.takeFrames()) pair.initiator.receive(frame, now);
      }
      expect(pair.initiator.machine.id).not.toEqual(before);
    };
    renewAt(stepped(born + hour / 2, -year));
    renewAt(stepped(born + hour, -2 * year));
    const expired = { status: "expired", reason: "lineageAge" };
    for (const end of [pair.initiator, pair.responder]) {
      expect(end.machine.checkHealth(stepped(born + 2 * hour - 1, -2 * year)).status).toBe("near-expiry");
      expect(end.machine.checkHealth(stepped(born + 2 * hour, -2 * year))).toEqual(expired);
    }
  });
});
