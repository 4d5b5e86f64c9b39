import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, utf8 } from "../../src/bytes/index.js";
import { at, establishedPair, exchange, newPair, seededRandom, type Pair } from "../session/machine-pair.js";
import { flipped, spliced, suiteCases, withByte, withItem } from "./suite-cases.js";

const seed = 20261124;

/** Frames of six messages in three epochs, and of what announces each epoch, sealed by the initiator. */
function sealedFrames({ initiator }: Pair): Uint8Array[] {
  for (let i = 0; i < 6; i++) {
    if (i === 2 || i === 4) initiator.machine.rotateKeys(at(2));
    initiator.machine.send(utf8(`message ${i}`), at(2));
  }
  initiator.collect(at(2));
  return initiator.takeFrames();
}

const texts = (messages: readonly Uint8Array[]): string[] =>
  messages.map(message => new TextDecoder().decode(message));
const all = Array.from({ length: 6 }, (_, i) => `message ${i}`);

/** What the responder of a fresh session makes of `change(frames)`. */
function receive(change: (frames: Uint8Array[], pair: Pair) => Uint8Array[]) {
  const pair = establishedPair();
  const frames = sealedFrames(pair);
  for (const frame of change(frames, pair)) pair.responder.receive(frame, at(3));
  return { responder: pair.responder, delivered: texts(pair.responder.messages) };
}

describe("an ordered path that somebody tampers with", () => {
  it("R18 as it is, it delivers everything: the harness itself changes nothing", () => {
    expect(receive(frames => frames).delivered).toEqual(all);
  });

  it.each([0, 1, 2, 3, 4, 5])("R16 message %i, played again at any later moment, ends the session", index => {
    for (let position = index + 1; position <= 6; position++) {
      const { responder, delivered } = receive(frames => spliced(frames, position, 0, frames[index]!));
      expect(delivered).toEqual(all.slice(0, position));
      expect(responder.failure).toMatch(/^(record-replayed|record-out-of-order|epoch-unknown)$/);
    }
  });

  it.each([0, 1, 2, 3, 4])("R19 R18 message %i, deleted, is missed by the next one", index => {
    const { responder, delivered } = receive(frames => spliced(frames, index, 1));
    expect(delivered).toEqual(all.slice(0, index));
    expect(responder.failure).toMatch(/^(record-out-of-order|record-forged)$/);
  });

  it("R19 the first records of a session are missed: also the one that confirms the handshake", () => {
    const pair = newPair({ known: true });
    let dropped = false;
    exchange(pair, (frame, from) => {
      if (from !== "initiator" || frame[0]! < 0x10 || dropped) return [frame];
      dropped = true;
      return [];
    });
    pair.initiator.machine.send(utf8("first"), at(2));
    pair.initiator.collect(at(2));
    exchange(pair);
    expect(dropped).toBe(true);
    expect(pair.responder.messages).toEqual([]);
    expect(pair.responder.failure).toBe("record-out-of-order");
  });

  it("R18 R19 whole epochs at the start, in the middle, or all but the last record are missed", () => {
    for (const [from, count] of [
      [0, 2],
      [2, 2],
      [0, 4],
      [0, 5],
      [1, 4],
    ] as const) {
      const { responder, delivered } = receive(frames => spliced(frames, from, count));
      expect(delivered).toEqual(all.slice(0, from));
      expect(responder.failure).toBeDefined();
    }
  });

  it("R18 any two messages in each other's place end the session", () => {
    for (let i = 0; i < 6; i++) {
      for (let j = i + 1; j < 6; j++) {
        const { responder, delivered } = receive(frames =>
          withItem(withItem(frames, i, frames[j]!), j, frames[i]!),
        );
        expect(delivered).toEqual(all.slice(0, i));
        expect(responder.failure).toBeDefined();
      }
    }
  });

  it("R17 frames that come back to their sender end its session", () => {
    for (const role of ["initiator", "responder"] as const) {
      for (const delivery of ["ordered", "datagram"] as const) {
        const pair = establishedPair({ both: { delivery } });
        const end = pair[role];
        end.machine.send(utf8("to the other"), at(2));
        end.collect(at(2));
        for (const output of [...end.log]) {
          if (output.kind === "frame" && output.frame[0]! >= 0x10) end.receive(output.frame, at(3));
        }
        expect(end.messages).toEqual([]);
        if (delivery === "ordered") expect(end.failure).toBeDefined();
        else expect(end.machine.state.name).toBe("active");
      }
    }
  });

  it("R21 frames of another session of the same peers are refused, in every place and both directions", () => {
    for (const delivery of ["ordered", "datagram"] as const) {
      const elsewhere = establishedPair({
        both: { delivery },
        initiator: { random: seededRandom(11) },
        responder: { random: seededRandom(12) },
      });
      const foreign = sealedFrames(elsewhere);
      const pair = establishedPair({ both: { delivery } });
      expect(pair.initiator.machine.peer).toEqual(elsewhere.initiator.machine.peer);
      const own = sealedFrames(pair);
      for (let i = 0; i < own.length; i++) {
        if (delivery === "datagram") pair.responder.receive(foreign[i]!, at(3));
        pair.responder.receive(own[i]!, at(3));
      }
      pair.initiator.receive(foreign[0]!, at(3));
      pair.responder.receive(foreign[0]!, at(3));
      expect(texts(pair.responder.messages)).toEqual(all);
      expect(pair.initiator.messages).toEqual([]);
      expect(pair.responder.failure).toBe(delivery === "ordered" ? "epoch-unknown" : undefined);
    }
    const ordered = establishedPair();
    const elsewhere = establishedPair({ initiator: { random: seededRandom(13) } });
    ordered.responder.receive(sealedFrames(elsewhere)[0]!, at(3));
    expect(ordered.responder.failure).toBe("record-forged");
  });

  it("R21 a frame under another type, with other flags, or with its bare record, is refused", () => {
    const changes: ((frame: Uint8Array) => Uint8Array)[] = [
      frame => withByte(frame, 0, 0x11),
      frame => withByte(frame, 0, 0x12),
      frame => withByte(frame, 0, 0x13),
      frame => withByte(frame, 0, 0x04),
      frame => withByte(frame, 1, 0x00),
      frame => withByte(frame, 1, 0x03),
    ];
    for (const change of changes) {
      const { responder, delivered } = receive(frames => frames.map(change));
      expect(delivered).toEqual([]);
      expect(responder.failure).toMatch(/^(record-forged|frame-unexpected|frame-malformed|epoch-unknown)$/);
    }
    const pair = establishedPair();
    // The counter that the next frame would have: it is the key that differs.
    const [, bare] = [1, 2].map(() => pair.initiator.machine.encrypt(utf8("bare"), at(2)));
    pair.responder.receive(concat(Uint8Array.of(0x10, 0x01), bare!), at(3));
    expect(pair.responder.failure).toBe("record-forged");
  });

  it("R21 the body of a frame is no bare record, and a batch frame no message", () => {
    const { initiator, responder } = establishedPair();
    initiator.machine.send(utf8("framed"), at(2));
    initiator.collect(at(2));
    const frame = initiator.takeFrames().at(-1)!;
    expect(() => responder.machine.decrypt(frame.subarray(2), at(3))).toThrow(
      expect.objectContaining({ code: "record-forged" }),
    );
    expect(() => responder.machine.decryptBatch(frame, at(3))).toThrow(
      expect.objectContaining({ code: "frame-unexpected" }),
    );
    expect(() => responder.machine.decryptBatch(withByte(frame, 0, 0x11), at(3))).toThrow(
      expect.objectContaining({ code: "record-forged" }),
    );
    // Refusals of what the application carries end nothing.
    expect(responder.machine.state.name).toBe("active");
    responder.receive(frame, at(4));
    expect(texts(responder.messages)).toEqual(["framed"]);
  });

  it("R23 R14 a record that is changed in any byte delivers nothing of itself, nor what comes after", () => {
    const length = sealedFrames(establishedPair())[0]!.length;
    for (let index = 0; index < length; index++) {
      const { responder, delivered } = receive(frames =>
        withItem(frames, 1, flipped(frames[1]!, index, 1 << (index & 7))),
      );
      expect(delivered).toEqual(all.slice(0, 1));
      expect(responder.failure).toBeDefined();
    }
  });

  it("R16 R18 R19 whatever is dropped, repeated and reordered: what is delivered is a beginning of what was sent", () => {
    const pair = establishedPair();
    const frames = sealedFrames(pair);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 5 }), { maxLength: 12 }), order => {
        const { responder, delivered } = receive(own => order.map(index => own[index]!));
        const whole = order.findIndex((value, i) => value !== i);
        const good = whole === -1 ? order.length : whole;
        expect(delivered).toEqual(all.slice(0, good));
        expect(responder.failure === undefined).toBe(good === order.length);
      }),
      { seed, numRuns: 60 },
    );
    expect(frames).toHaveLength(6);
  });
});

describe("the end of a session", () => {
  it.each(suiteCases)(
    "R20 $name: a path that ends without a word is a truncation, at both ends",
    ({ options }) => {
      const { initiator, responder } = establishedPair(options);
      for (const end of [initiator, responder]) {
        end.machine.connectionEnded(at(5));
        end.collect(at(5));
        expect(end.machine.state).toMatchObject({ end: { kind: "truncated" } });
        expect(end.failure).toBe("session-truncated");
      }
    },
  );

  it("R20 a close that is deleted is a truncation; one that is changed is a failure; one that arrives is a close", () => {
    const announce = (): { pair: Pair; frame: Uint8Array } => {
      const pair = establishedPair();
      pair.initiator.machine.close("normal", at(4));
      pair.initiator.collect(at(4));
      return { pair, frame: pair.initiator.takeFrames().at(-1)! };
    };
    const deleted = announce().pair.responder;
    deleted.machine.connectionEnded(at(5));
    expect(deleted.machine.state).toMatchObject({ end: { kind: "truncated" } });
    const changed = announce();
    changed.pair.responder.receive(flipped(changed.frame, changed.frame.length - 1), at(5));
    expect(changed.pair.responder.machine.state).toMatchObject({ end: { kind: "failed" } });
    const announced = announce();
    announced.pair.responder.receive(announced.frame, at(5));
    announced.pair.responder.machine.connectionEnded(at(6));
    expect(announced.pair.responder.machine.state).toMatchObject({ end: { kind: "closed", by: "peer" } });
  });

  it("R20 messages deleted before an announced close are missed", () => {
    const pair = establishedPair();
    const frames = sealedFrames(pair);
    pair.initiator.machine.close("normal", at(4));
    pair.initiator.collect(at(4));
    for (const frame of [...frames.slice(0, 5), ...pair.initiator.takeFrames()])
      pair.responder.receive(frame, at(5));
    expect(pair.responder.machine.state).toMatchObject({ end: { kind: "failed" } });
  });

  it("R20 a path that ends in the handshake is a failure, at every step", () => {
    for (let cut = 0; cut < 3; cut++) {
      const pair = newPair();
      let count = 0;
      exchange(pair, frame => (count++ < cut ? [frame] : []));
      for (const end of [pair.initiator, pair.responder]) {
        if (end.machine.state.name === "active") continue;
        end.machine.connectionEnded(at(5));
        expect(end.machine.state).toMatchObject({ end: { kind: "failed" } });
        expect(end.failure).toBe("handshake-failed");
      }
    }
  });

  it("R20 another session's close, or one's own that comes back, closes nothing", () => {
    const pair = establishedPair({ both: { delivery: "datagram" } });
    const elsewhere = establishedPair({
      both: { delivery: "datagram" },
      initiator: { random: seededRandom(14) },
    });
    elsewhere.initiator.machine.close("normal", at(4));
    elsewhere.initiator.collect(at(4));
    pair.responder.receive(elsewhere.initiator.takeFrames().at(-1)!, at(5));
    expect(pair.responder.machine.state.name).toBe("active");
    expect(pair.responder.machine.metrics().refused).toMatchObject({ "record-forged": 1 });
  });
});

describe("before a record has opened on a path", () => {
  it("R20 a frame that does not open costs the path, and nothing that comes behind it is taken", () => {
    const pair = newPair({ known: true });
    const held: Uint8Array[] = [];
    exchange(pair, (frame, from) => {
      if (from === "initiator" || frame[0]! < 0x10) return [frame];
      held.push(frame);
      return [];
    });
    const { initiator } = pair;
    expect(initiator.machine.state.name).toBe("active");
    initiator.receive(flipped(held[0]!, 20), at(2));
    expect(initiator.disconnected).toBe(true);
    expect(initiator.machine.state).toMatchObject({ end: { kind: "truncated" } });
    expect(() => initiator.machine.send(utf8("into the void"), at(2))).toThrow(
      expect.objectContaining({ code: "session-closed" }),
    );
    pair.responder.machine.send(utf8("behind it"), at(2));
    pair.responder.collect(at(2));
    for (const frame of [...held, ...pair.responder.takeFrames()]) initiator.receive(frame, at(3));
    expect(initiator.messages).toEqual([]);
    expect(initiator.log.filter(output => output.kind === "disconnect")).toHaveLength(1);
    initiator.machine.connectionEnded(at(4));
    expect(initiator.failure).toBe("session-truncated");
  });
});
