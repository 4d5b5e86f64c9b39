import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes/index.js";
import { sealedFrameType } from "../../src/record/index.js";
import { decodeControl, encodeControl } from "../../src/session/control.js";
import { defaultLimits } from "../../src/session/index.js";
import { messagesOf } from "../../src/session/opened-messages.js";
import { Pings } from "../../src/session/pings.js";
import { at, establishedPair, exchange, type End, type PairOptions } from "./machine-pair.js";

const datagrams: PairOptions = { both: { delivery: "datagram" } };
const outputs = <Kind extends End["log"][number]["kind"]>(end: End, kind: Kind): End["log"] =>
  end.log.filter(output => output.kind === kind);

describe("stream frames", () => {
  it("pass through, in order with messages, count as messages, and make no message event", () => {
    const pair = establishedPair();
    const { initiator, responder } = pair;
    initiator.machine.sendStream(utf8("one"), at(2));
    initiator.machine.send(utf8("two"), at(2));
    initiator.machine.sendStream(utf8("three"), at(2));
    initiator.collect(at(2));
    expect(initiator.frames.map(frame => frame[0])).toEqual([0x13, 0x10, 0x13]);
    exchange(pair);
    const arrived = responder.log.filter(({ kind }) => kind === "stream" || kind === "message");
    expect(arrived).toEqual([
      { kind: "stream", plaintext: utf8("one") },
      { kind: "message", plaintext: utf8("two") },
      { kind: "stream", plaintext: utf8("three") },
    ]);
    expect(responder.machine.metrics().received).toMatchObject({ messages: 3n, bytes: 11n });
    expect(initiator.machine.metrics().sent).toMatchObject({ messages: 3n, bytes: 11n });
    expect(responder.events.filter(type => type === "message-received")).toHaveLength(1);
  });

  it("count towards the limits of messages", () => {
    const limits = { ...defaultLimits, sentMessages: { warn: 1, max: 2 } };
    const limited = establishedPair({ both: { autoRenew: false, limits } });
    limited.initiator.machine.sendStream(utf8("one"), at(2));
    limited.initiator.machine.sendStream(utf8("two"), at(2));
    expect(limited.initiator.machine.state).toMatchObject({ end: { kind: "expired" } });
  });

  it("are refused where order is not kept: by the sender before anything is sealed, by the receiver as unexpected", () => {
    const pair = establishedPair(datagrams);
    const before = pair.initiator.machine.metrics().sent.records;
    expect(() => pair.initiator.machine.sendStream(utf8("one"), at(2))).toThrow(
      expect.objectContaining({ code: "delivery-unordered", category: "usage", recovery: "none" }),
    );
    expect(pair.initiator.machine.metrics().sent.records).toBe(before);
  });

  it("that come where order is not kept are unexpected, and no control frame holds messages", () => {
    const stream = { type: sealedFrameType.stream, plaintext: utf8("x") };
    expect(messagesOf(stream, "in-order")).toEqual([utf8("x")]);
    for (const frame of [stream, { type: sealedFrameType.control, plaintext: utf8("x") }])
      expect(() => messagesOf(frame, "out-of-order")).toThrow(
        expect.objectContaining({ code: "frame-unexpected" }),
      );
  });

  it("are no batches: decryptBatch refuses their type", () => {
    const pair = establishedPair();
    pair.initiator.machine.sendStream(utf8("one"), at(2));
    pair.initiator.collect(at(2));
    const [frame] = pair.initiator.takeFrames();
    expect(frame![0]).toBe(sealedFrameType.stream);
    expect(() => pair.responder.machine.decryptBatch(frame!, at(2))).toThrow(
      expect.objectContaining({ code: "frame-unexpected" }),
    );
  });
});

describe.each([
  { name: "ordered", options: {} },
  { name: "datagram", options: datagrams },
])("pings on a path that is $name", ({ options }) => {
  it("are answered by their token, count as no message, and refresh no idle time", () => {
    const pair = establishedPair(options);
    const tokens = [pair.initiator.machine.ping(at(2)), pair.initiator.machine.ping(at(3))];
    expect(tokens).toEqual([1, 2]);
    pair.initiator.collect(at(3));
    exchange(pair);
    expect(outputs(pair.initiator, "pong")).toEqual(tokens.map(token => ({ kind: "pong", token })));
    expect(outputs(pair.responder, "pong")).toEqual([]);
    expect(pair.initiator.machine.metrics().sent.messages).toBe(0n);
    const status = pair.initiator.machine.checkHealth(at(5_000));
    expect(status).toMatchObject({ status: "healthy" });
    const idle = "remaining" in status ? status.remaining.idle : NaN;
    const quiet = establishedPair(options).initiator.machine.checkHealth(at(5_000));
    expect(idle).toBe("remaining" in quiet ? quiet.remaining.idle : NaN);
  });

  it("a peer that asks and never reads is answered once, with the newest token, when the path takes frames again", () => {
    const pair = establishedPair(options);
    pair.responder.machine.pathBlocked(true, at(2));
    for (let i = 0; i < 1000; i++) pair.initiator.machine.ping(at(2));
    pair.initiator.collect(at(2));
    for (const frame of pair.initiator.takeFrames()) pair.responder.receive(frame);
    expect(pair.responder.frames).toEqual([]);
    pair.responder.machine.pathBlocked(false, at(3));
    pair.responder.collect(at(3));
    expect(pair.responder.frames).toHaveLength(1);
    exchange(pair);
    expect(outputs(pair.initiator, "pong")).toEqual([{ kind: "pong", token: 1000 }]);
  });
});

it("a pong on an ordered path comes after all that went before the ping has been opened", () => {
  const pair = establishedPair();
  pair.initiator.machine.send(utf8("before"), at(2));
  pair.initiator.machine.ping(at(2));
  pair.initiator.collect(at(2));
  const [message, ping] = pair.initiator.takeFrames();
  pair.responder.receive(ping!);
  expect(pair.responder.failure).toBe("record-out-of-order");
  expect(pair.responder.messages).toEqual([]);
  expect(message).toBeDefined();
});

it("answers that nothing waits for are ignored, and tokens go round", () => {
  const pings = new Pings();
  expect(pings.answer(0)).toBe(false);
  expect(pings.answer(1)).toBe(false);
  for (let i = 1; i <= 5; i++) expect(pings.next()).toBe(i);
  expect([pings.answer(3), pings.answer(3), pings.answer(2), pings.answer(6), pings.answer(5)]).toEqual([
    true,
    false,
    false,
    false,
    true,
  ]);
});

it("ping and pong have a token of four bytes, no more and no less", () => {
  for (const kind of ["ping", "pong"] as const) {
    const plaintext = encodeControl({ kind, token: 0x01020304 });
    expect([...plaintext]).toEqual([kind === "ping" ? 8 : 9, 1, 2, 3, 4]);
    expect(decodeControl(plaintext)).toEqual({ kind, token: 0x01020304 });
    for (const wrong of [plaintext.subarray(0, 4), Uint8Array.of(...plaintext, 0)])
      expect(() => decodeControl(wrong)).toThrow(expect.objectContaining({ code: "frame-malformed" }));
  }
});
