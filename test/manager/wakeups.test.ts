import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Wakeups } from "../../src/manager/wakeups.js";
import { FakeClock } from "../../src/testing/fake-clock.js";

const seed = 20261124;

type Step =
  | { readonly do: "schedule"; readonly delay: number }
  | { readonly do: "cancel"; readonly which: number }
  | { readonly do: "advance"; readonly by: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("schedule" as const), delay: fc.integer({ min: -5, max: 60 }) }),
  fc.record({ do: fc.constant("cancel" as const), which: fc.nat({ max: 40 }) }),
  fc.record({ do: fc.constant("advance" as const), by: fc.nat({ max: 25 }) }),
);

describe("wake-ups", () => {
  it("X38 that are cancelled hold nothing, though their time has not come", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const wakeups = new Wakeups(new FakeClock());
    wakeups.schedule(1, () => undefined);
    const schedule = (): WeakRef<Uint8Array> => {
      const held = new Uint8Array(1_000);
      wakeups.schedule(1_000_000, () => void held.fill(1))();
      return new WeakRef(held);
    };
    const held = schedule();
    await new Promise(resolve => setTimeout(resolve, 0));
    collect();
    expect(held.deref()).toBeUndefined();
  });

  it("fault 9 that are due all at once, after the machine has slept, leave others their turn", () => {
    const clock = new FakeClock();
    const timers: (() => void)[] = [];
    const wakeups = new Wakeups({
      now: () => clock.now(),
      schedule: (_delay, wake) => {
        timers.push(wake);
        return () => undefined;
      },
    });
    const woken: number[] = [];
    for (let i = 0; i < 150; i++) wakeups.schedule(i, () => woken.push(i));
    clock.advance(1000);
    const counts = [];
    for (let timer = timers.shift(); timer !== undefined; timer = timers.shift()) {
      timer();
      counts.push(woken.length);
    }
    expect(counts).toEqual([64, 128, 150]);
    expect(woken).toEqual(Array.from({ length: 150 }, (_, i) => i));
  });

  it("come once, in time, in order, and not when cancelled: as a naive list has them, with one timer", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), steps => {
        const clock = new FakeClock();
        const wakeups = new Wakeups(clock);
        const woken: { readonly id: number; readonly at: number }[] = [];
        const model = new Map<number, number>();
        const cancels: (() => void)[] = [];
        for (const action of steps) {
          const now = clock.now().monotonic;
          if (action.do === "schedule") {
            const id = cancels.length;
            model.set(id, now + action.delay);
            cancels.push(
              wakeups.schedule(now + action.delay, () => woken.push({ id, at: clock.now().monotonic })),
            );
          } else if (action.do === "cancel") {
            const which = action.which % Math.max(cancels.length, 1);
            cancels[which]?.();
            model.delete(which);
          } else {
            const before = woken.length;
            clock.advance(action.by);
            const due = [...model].filter(([, at]) => at <= now + action.by);
            for (const [id] of due) model.delete(id);
            const fresh = woken.slice(before);
            expect(new Set(fresh.map(({ id }) => id))).toEqual(new Set(due.map(([id]) => id)));
            expect(fresh).toHaveLength(due.length);
            for (const { id, at } of fresh) {
              const planned = due.find(([other]) => other === id)![1];
              expect(at).toBe(Math.max(planned, now));
            }
          }
          expect(clock.pending).toBe(model.size === 0 ? 0 : 1);
        }
      }),
      { seed, numRuns: 400 },
    );
  });

  it("fault 9 one that throws costs the others nothing", () => {
    const clock = new FakeClock();
    const wakeups = new Wakeups(clock);
    const woken: string[] = [];
    wakeups.schedule(10, () => {
      throw new Error("broken");
    });
    wakeups.schedule(10, () => woken.push("same time"));
    wakeups.schedule(20, () => woken.push("later"));
    expect(() => clock.advance(10)).toThrow("broken");
    clock.advance(10);
    expect(woken).toEqual(["same time", "later"]);
    expect(clock.pending).toBe(0);
  });

  it("may be set and cancelled from inside one", () => {
    const clock = new FakeClock();
    const wakeups = new Wakeups(clock);
    const woken: string[] = [];
    const cancel = wakeups.schedule(30, () => woken.push("cancelled"));
    wakeups.schedule(10, () => {
      woken.push("first");
      cancel();
      wakeups.schedule(10, () => woken.push("at once"));
      wakeups.schedule(25, () => woken.push("in between"));
    });
    clock.advance(100);
    expect(woken).toEqual(["first", "at once", "in between"]);
  });

  it("are forgotten by clear, with their timer", () => {
    const clock = new FakeClock();
    const wakeups = new Wakeups(clock);
    wakeups.schedule(10, () => expect.unreachable());
    wakeups.clear();
    expect(clock.pending).toBe(0);
    clock.advance(20);
  });
});

describe("the fake clock", () => {
  it("runs timers at their own times, in order, also those that timers set; the wall clock steps by itself", () => {
    const clock = new FakeClock({ wall: 1000, monotonic: 5 });
    const log: string[] = [];
    const note = (name: string): void =>
      void log.push(`${name}@${clock.now().monotonic}/${clock.now().wall}`);
    clock.schedule(20, () => note("c"));
    clock.schedule(10, () => {
      note("a");
      clock.schedule(0, () => note("b"));
      clock.schedule(100, () => note("never"));
    });
    const cancel = clock.schedule(15, () => note("cancelled"));
    cancel();
    clock.stepWall(-500);
    clock.advance(50);
    expect(log).toEqual(["a@15/510", "b@15/510", "c@25/520"]);
    expect(clock.now()).toEqual({ monotonic: 55, wall: 550 });
    expect(clock.pending).toBe(1);
  });
});
