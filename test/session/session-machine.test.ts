import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes/index.js";
import { at, establishedPair, exchange, newPair } from "./machine-pair.js";

const suites = [
  { name: "XXhfs", options: {} },
  { name: "IKhfs", options: { known: true } },
  { name: "XX", options: { both: { floor: "classic", prefer: "classic" } } },
  { name: "IK", options: { known: true, both: { floor: "classic", prefer: "classic" } } },
] as const;

describe("a session over an ordered path", () => {
  it.each(suites)("$name: both ends agree on the id and carry messages both ways", ({ name, options }) => {
    const pair = establishedPair(options);
    const { initiator, responder } = pair;
    expect(initiator.failure ?? responder.failure).toBeUndefined();
    expect([initiator.machine.state.name, responder.machine.state.name]).toEqual(["active", "active"]);
    expect([initiator.machine.suite, responder.machine.suite]).toEqual([name, name]);
    expect(initiator.machine.id).toEqual(responder.machine.id);
    expect(initiator.machine.id).toHaveLength(32);

    initiator.machine.send(utf8("to the responder"), at(2));
    initiator.collect(at(2));
    responder.machine.sendBatch([utf8("one"), utf8("two")], at(2));
    responder.collect(at(2));
    exchange(pair);
    expect(responder.messages).toEqual([utf8("to the responder")]);
    expect(initiator.messages).toEqual([utf8("one"), utf8("two")]);
  });

  it("a close is announced, answered, and ends both without truncation", () => {
    const pair = establishedPair();
    pair.initiator.machine.send(utf8("last words"), at(2));
    pair.initiator.machine.close("normal", at(3));
    pair.initiator.collect(at(3));
    exchange(pair);
    expect(pair.responder.messages).toEqual([utf8("last words")]);
    expect(pair.initiator.machine.state).toMatchObject({ end: { kind: "closed", by: "local" } });
    expect(pair.responder.machine.state).toMatchObject({ end: { kind: "closed", by: "peer" } });
    expect([pair.initiator.disconnected, pair.responder.disconnected]).toEqual([true, true]);
  });

  it("nothing passes before the handshake is over", () => {
    const { initiator } = newPair();
    expect(() => initiator.machine.encrypt(utf8("early"), at(1))).toThrow(
      expect.objectContaining({ code: "session-not-active" }),
    );
  });
});
