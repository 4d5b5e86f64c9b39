import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes/index.js";
import { sealedFrameType } from "../../src/record/index.js";
import { defaultLimits, type Regression } from "../../src/session/index.js";
import { messagesOf } from "../../src/session/opened-messages.js";
import { transition } from "../../src/session/session-state.js";
import { at, establishedPair, exchange, type End } from "./machine-pair.js";

const outputs = (end: End, kind: End["log"][number]["kind"]) =>
  end.log.filter(output => output.kind === kind);
const events = (end: End, type: string) =>
  end.log.flatMap(output => (output.kind === "event" && output.event.type === type ? [output.event] : []));

const regression: Regression = {
  whose: "own",
  cause: "messages",
  incarnation: "00".repeat(16),
  remembered: 3,
  seen: 5,
};

describe("durable frames", () => {
  it("pass through under type 0x14, in order with messages, count as messages, and make no message event", () => {
    const pair = establishedPair();
    const { initiator, responder } = pair;
    initiator.machine.sendDurable(utf8("one"), at(2));
    initiator.machine.send(utf8("two"), at(2));
    initiator.collect(at(2));
    expect(initiator.frames.map(frame => frame[0])).toEqual([0x14, 0x10]);
    exchange(pair);
    const arrived = responder.log.filter(({ kind }) => kind === "durable" || kind === "message");
    expect(arrived).toEqual([
      { kind: "durable", plaintext: utf8("one") },
      { kind: "message", plaintext: utf8("two") },
    ]);
    expect(responder.machine.metrics().received).toMatchObject({ messages: 2n, bytes: 6n });
    expect(events(responder, "message-received")).toHaveLength(1);
  });

  it("count towards the limits of messages", () => {
    const limits = { ...defaultLimits, sentMessages: { warn: 1, max: 2 } };
    const { initiator } = establishedPair({ both: { autoRenew: false, limits } });
    initiator.machine.sendDurable(utf8("one"), at(2));
    initiator.machine.sendDurable(utf8("two"), at(2));
    expect(initiator.machine.state).toMatchObject({ end: { kind: "expired" } });
  });

  it("are refused where order is not kept: by the sender before anything is sealed, by the receiver as unexpected", () => {
    const { initiator } = establishedPair({ both: { delivery: "datagram" } });
    const before = initiator.machine.metrics().sent.records;
    expect(() => initiator.machine.sendDurable(utf8("one"), at(2))).toThrow(
      expect.objectContaining({ code: "delivery-unordered" }),
    );
    expect(initiator.machine.metrics().sent.records).toBe(before);
    const frame = { type: sealedFrameType.durable, plaintext: utf8("x") };
    expect(messagesOf(frame, "in-order")).toEqual([utf8("x")]);
    expect(() => messagesOf(frame, "out-of-order")).toThrow(
      expect.objectContaining({ code: "frame-unexpected" }),
    );
  });
});

describe("a quarantine", () => {
  it("ends the session at both ends, with its event before the end, and nothing is sent afterwards", () => {
    const pair = establishedPair();
    const { initiator, responder } = pair;
    initiator.machine.quarantine(regression, at(2));
    initiator.collect(at(2));
    exchange(pair);
    const error = expect.objectContaining({ code: "session-quarantined", recovery: "rehandshake" }) as object;
    expect(initiator.machine.state).toEqual({
      name: "ended",
      end: { kind: "quarantined", by: "local", regression, error },
    });
    expect(responder.machine.state).toEqual({
      name: "ended",
      end: { kind: "quarantined", by: "peer", regression: undefined, error },
    });
    expect(events(initiator, "quarantined")).toEqual([{ type: "quarantined", by: "local", regression }]);
    expect(events(responder, "quarantined")).toEqual([
      { type: "quarantined", by: "peer", regression: undefined },
    ]);
    for (const end of [initiator, responder]) {
      expect(end.events.slice(-2)).toEqual(["quarantined", "ended"]);
      expect(() => end.machine.send(utf8("x"), at(3))).toThrow(error);
      expect(outputs(end, "disconnect")).toHaveLength(1);
      end.machine.quarantine(regression, at(4));
      end.collect(at(4));
      expect(events(end, "quarantined")).toHaveLength(1);
    }
  });

  it("comes from active and near-expiry alone, and leads nowhere", () => {
    const end = initiatorEnd();
    for (const name of ["active", "near-expiry"] as const)
      expect(transition({ name, reason: "age" } as never, end)).toBe(end);
    expect(() => transition(end, { name: "active" })).toThrow(expect.objectContaining({ code: "internal" }));
    expect(() => transition(end, end)).toThrow(expect.objectContaining({ code: "internal" }));
  });
});

function initiatorEnd() {
  const { initiator } = establishedPair();
  initiator.machine.quarantine(regression, at(2));
  return initiator.machine.state;
}
