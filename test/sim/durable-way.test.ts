import { describe, expect, it } from "vitest";
import { DurableWay } from "../../sim/durable-way.js";
import { Findings } from "../../sim/violation.js";

const incarnation = "00".repeat(16);

function way() {
  const clock = { now: 0 };
  const findings = new Findings(() => clock.now);
  const messages = new DurableWay("0>1", findings, () => clock.now);
  const asked: Uint8Array[] = [];
  const idOf = (number: number): string => `${incarnation}:${number + 1}`;
  return {
    messages,
    clock,
    said: () => findings.first?.message,
    /** Makes so many durable. */
    store(count: number): void {
      for (let i = 0; i < count; i++) {
        const { number, bytes } = messages.ask();
        asked.push(bytes);
        messages.stored(number, idOf(number));
      }
    },
    take(number: number): void {
      messages.arrived(idOf(number), asked[number]!);
      messages.applied(idOf(number), asked[number]!);
    },
    lost(first: number, last: number): void {
      const facts = { direction: "sent", cause: "peer-forgot", peer: "" } as const;
      messages.lost({ type: "lost", ...facts, incarnation, first, last });
    },
  };
}

describe("what the simulator demands of durable messages", () => {
  it("is content where all come once, in order", () => {
    const w = way();
    w.store(3);
    for (const number of [0, 1, 2]) w.take(number);
    w.messages.checkDelivery(1e9);
    w.messages.checkAll();
    expect(w.said()).toBeUndefined();
  });

  it("sees what comes twice, out of order, late, never, or after it was refused", () => {
    const twice = way();
    twice.store(1);
    twice.take(0);
    twice.take(0);
    expect(twice.said()).toMatch(/again/);
    const swapped = way();
    swapped.store(2);
    swapped.take(1);
    swapped.take(0);
    expect(swapped.said()).toMatch(/came after/);
    const late = way();
    late.store(1);
    late.clock.now = 200_000;
    late.messages.checkDelivery(100_000);
    expect(late.said()).toBeUndefined();
    late.messages.checkDelivery(200_000);
    expect(late.said()).toMatch(/has not come/);
    const never = way();
    never.store(1);
    never.messages.checkAll();
    expect(never.said()).toMatch(/lost in silence/);
    const refused = way();
    const { number, bytes } = refused.messages.ask();
    refused.messages.refused(number);
    refused.messages.arrived(`${incarnation}:1`, bytes);
    expect(refused.said()).toMatch(/was refused/);
  });

  it("wants to be told what a receiver has forgotten that was put back, and nothing else", () => {
    const silent = way();
    silent.store(3);
    silent.take(0);
    const { applied } = silent.messages.moment();
    silent.take(1);
    silent.take(2);
    silent.messages.receiverPutBack(applied);
    silent.messages.checkAll();
    expect(silent.said()).toMatch(/lost in silence/);
    const told = way();
    told.store(3);
    told.take(0);
    told.take(1);
    told.messages.receiverPutBack(1);
    told.lost(2, 2);
    told.take(2);
    told.messages.checkAll();
    expect(told.said()).toBeUndefined();
    const alarm = way();
    alarm.store(1);
    alarm.lost(1, 1);
    expect(alarm.said()).toMatch(/no store was put back/);
  });

  it("wants a sender to be quarantined that was put back to before what its receiver has", () => {
    const run = (quarantined: boolean): string | undefined => {
      const w = way();
      w.store(1);
      const { order } = w.messages.moment();
      w.store(2);
      for (const number of [0, 1]) w.take(number);
      w.messages.senderPutBack(order);
      if (quarantined) w.messages.quarantined();
      w.messages.checkAll();
      return w.said();
    };
    expect(run(true)).toBeUndefined();
    expect(run(false)).toMatch(/nobody was told/);
  });
});
