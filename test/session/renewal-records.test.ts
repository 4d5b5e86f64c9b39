import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes/index.js";
import { at, establishedPair, exchange, type End, type Pair, type PairOptions } from "./machine-pair.js";

const text = (end: End): string[] => end.messages.map(message => new TextDecoder().decode(message));

function say(end: End, what: string): void {
  end.machine.send(utf8(what), at(2));
  end.collect(at(2));
}

interface Renewing {
  readonly pair: Pair;
  /** Frames on their way, oldest first. */
  readonly toResponder: Uint8Array[];
  readonly toInitiator: Uint8Array[];
}

/**
 * A session in the middle of a renewal that the initiator proposed: on its way to the responder are a message under the old session, the
 * confirmation and messages under the new one. Nothing of them has arrived.
 */
function atTheChange(options: PairOptions["both"]): Renewing {
  const pair = establishedPair({ both: options ?? {} });
  const { initiator, responder } = pair;
  say(initiator, "before the renewal");
  initiator.machine.renew(at(2));
  initiator.collect(at(2));
  for (const frame of initiator.takeFrames()) responder.receive(frame, at(2));
  say(initiator, "the last of the old session");
  say(responder, "the responder's last");
  const old = initiator.takeFrames();
  for (const frame of responder.takeFrames()) initiator.receive(frame, at(2));
  say(initiator, "the first of the new session");
  say(initiator, "the second of the new session");
  return { pair, toResponder: [...old, ...initiator.takeFrames()], toInitiator: [] };
}

function deliver({ pair }: Renewing, frames: readonly Uint8Array[]): void {
  for (const frame of frames) pair.responder.receive(frame, at(3));
}

const all = [
  "before the renewal",
  "the last of the old session",
  "the first of the new session",
  "the second of the new session",
];

describe("where order is kept, over a renewal", () => {
  it("R18 with all frames in place everything arrives", () => {
    const renewing = atTheChange({});
    expect(renewing.toResponder).toHaveLength(4);
    deliver(renewing, renewing.toResponder);
    expect(text(renewing.pair.responder)).toEqual(all);
    exchange(renewing.pair);
    expect(renewing.pair.responder.events).toContain("renewed");
    expect(text(renewing.pair.initiator)).toEqual(["the responder's last"]);
  });

  it.each([0, 1, 2])(
    "R18 a frame that was deleted at the change (%i of 4) is missed by the next one",
    index => {
      const renewing = atTheChange({});
      const { responder } = renewing.pair;
      const rest = renewing.toResponder.filter((_, i) => i !== index);
      deliver(renewing, rest.slice(0, index + 1));
      expect(responder.failure).toMatch(/^record-(forged|out-of-order)$/);
      expect(text(responder)).toEqual(all.slice(0, Math.min(index, 1) + 1));
      deliver(renewing, rest);
      expect(text(responder)).toEqual(all.slice(0, Math.min(index, 1) + 1));
    },
  );

  it("R18 all that was left of the old session is deleted: the first frame of the new one shows it", () => {
    const renewing = atTheChange({});
    deliver(renewing, renewing.toResponder.slice(1));
    expect(renewing.pair.responder.failure).toBe("record-forged");
    expect(text(renewing.pair.responder)).toEqual(["before the renewal"]);
  });

  it("R18 two frames in the other order across the change end the session, and nothing is given out late", () => {
    const renewing = atTheChange({});
    const [last, confirm, ...rest] = renewing.toResponder;
    deliver(renewing, [confirm!, last!, ...rest]);
    expect(renewing.pair.responder.failure).toBe("record-forged");
    expect(text(renewing.pair.responder)).toEqual(["before the renewal"]);
  });

  it("R19 the start of the new session is cut off: its first frame that comes shows it", () => {
    for (let cut = 1; cut < 4; cut++) {
      const renewing = atTheChange({});
      const [last, ...fresh] = renewing.toResponder;
      deliver(renewing, [last!, ...fresh.slice(cut)]);
      const { responder } = renewing.pair;
      if (cut < 3) expect(responder.failure).toMatch(/^record-(forged|out-of-order)$/);
      expect(text(responder)).toEqual(all.slice(0, 2));
    }
  });

  it.each([0, 1, 2, 3, 4])(
    "R20 a path that ends after %i of 4 frames is a truncation, not a close",
    count => {
      const renewing = atTheChange({});
      deliver(renewing, renewing.toResponder.slice(0, count));
      const { machine } = renewing.pair.responder;
      expect(["active", "near-expiry"]).toContain(machine.state.name);
      machine.connectionEnded(at(4));
      expect(machine.state).toMatchObject({
        name: "ended",
        end: { kind: "truncated", error: { code: "session-truncated" } },
      });
    },
  );

  it("R20 a close under the new session is a close", () => {
    const renewing = atTheChange({});
    deliver(renewing, renewing.toResponder);
    const { initiator, responder } = renewing.pair;
    initiator.machine.close("normal", at(4));
    initiator.collect(at(4));
    exchange(renewing.pair);
    responder.machine.connectionEnded(at(5));
    expect(responder.machine.state).toMatchObject({ end: { kind: "closed", by: "peer", reason: "normal" } });
  });

  it("R16 a frame of the old session that comes again after the change ends the session: order is not kept", () => {
    const renewing = atTheChange({});
    deliver(renewing, renewing.toResponder);
    renewing.pair.responder.receive(renewing.toResponder[0]!, at(4));
    expect(renewing.pair.responder.failure).toBe("epoch-unknown");
    expect(text(renewing.pair.responder)).toEqual(all);
  });
});

describe("on datagrams, over a renewal", () => {
  const orders = [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [2, 0, 3, 1],
    [1, 3, 0, 2],
  ];

  it.each(orders)(
    "R16 R18 in any order, and each twice, every message arrives once (%i %i %i %i)",
    (...order) => {
      const renewing = atTheChange({ delivery: "datagram" });
      const frames = order.map(index => renewing.toResponder[index]!);
      deliver(renewing, [...frames, ...frames]);
      const { responder } = renewing.pair;
      expect(text(responder).sort()).toEqual([...all].sort());
      expect(responder.machine.metrics().refused).toMatchObject({ "record-replayed": 4 });
      expect(responder.events.filter(type => type === "renewed")).toHaveLength(1);
    },
  );

  it("R18 what comes after the grace time is refused and counted, and the session goes on", () => {
    const renewing = atTheChange({ delivery: "datagram" });
    const [late, ...fresh] = renewing.toResponder;
    deliver(renewing, fresh);
    const { pair } = renewing;
    pair.responder.receive(late!, at(3 + 4_999));
    expect(text(pair.responder)).toContain(all[1]);

    const other = atTheChange({ delivery: "datagram" });
    deliver(other, other.toResponder.slice(1));
    other.pair.responder.receive(other.toResponder[0]!, at(3 + 5_000));
    expect(text(other.pair.responder)).not.toContain(all[1]);
    expect(other.pair.responder.machine.metrics().refused).toMatchObject({ "epoch-unknown": 1 });
    expect(other.pair.responder.machine.state.name).toBe("active");
  });

  it("R16 a proposal of an older session of the lineage, kept and sent again, does nothing", () => {
    const pair = establishedPair({ both: { delivery: "datagram" } });
    const kept: Uint8Array[] = [];
    for (let renewal = 0; renewal < 5; renewal++) {
      pair.initiator.machine.renew(at(2 + renewal));
      pair.initiator.collect(at(2 + renewal));
      exchange(pair, frame => {
        kept.push(Uint8Array.from(frame));
        return [frame];
      });
    }
    const { id } = pair.responder.machine;
    const before = pair.responder.machine.metrics().received.records;
    for (const frame of kept) {
      pair.responder.receive(frame, at(20));
      pair.initiator.receive(frame, at(20));
    }
    expect(pair.responder.takeFrames()).toEqual([]);
    expect(pair.responder.machine.id).toEqual(id);
    expect(pair.responder.machine.metrics().received.records).toBe(before);
    expect(pair.responder.machine.state.name).toBe("active");
  });

  it("R21 a frame whose flags name another session of the lineage is forged", () => {
    const renewing = atTheChange({ delivery: "datagram" });
    const { responder } = renewing.pair;
    for (const frame of renewing.toResponder) {
      for (const renewals of [0, 1, 2, 3]) {
        const spliced = Uint8Array.from(frame);
        if (((spliced[1]! >>> 1) & 3) === renewals) continue;
        spliced[1] = renewals << 1;
        responder.receive(spliced, at(3));
      }
    }
    expect(text(responder)).toEqual(["before the renewal"]);
    // The counter of the other session may have been opened there already.
    const refused = Object.entries(responder.machine.metrics().refused);
    for (const [code] of refused) expect(code).toMatch(/^(record-forged|record-replayed|epoch-unknown)$/);
    expect(refused.reduce((sum, [, count]) => sum + count, 0)).toBe(12);
    deliver(renewing, renewing.toResponder);
    expect(text(responder)).toEqual(all);
  });
});
