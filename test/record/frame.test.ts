import { describe, expect, it } from "vitest";
import { concat, fromHex, utf8 } from "../../src/bytes/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import {
  clearFrame,
  FrameOpener,
  FrameSealer,
  frameFlag,
  maxSealedFrameLength,
  parseFrame,
  RecordOpener,
  RecordSealer,
  sealedFrameType,
  type SealedFrameType,
} from "../../src/record/index.js";
import {
  bare,
  chainSecret,
  codeOf,
  flipped,
  pair,
  providers,
  sessionId,
  start,
  text,
  watched,
} from "./support.js";

const { message, batch, control, stream: streamType } = sealedFrameType;
const orderings = ["in-order", "out-of-order"] as const;

/** A frame with another type or other flags. */
const reheaded = (frame: Uint8Array, type: number, flags: number): Uint8Array =>
  concat(Uint8Array.of(type, flags), frame.subarray(2));

describe.each(providers)("frames ($name)", provider => {
  it.each(orderings)("of every sealed type arrive, with their type, %s", ordering => {
    const { frameSealer, frameOpener, sealer } = pair({ provider, ordering });
    for (let round = 0; round < 4; round++) {
      for (const type of [message, batch, control, streamType]) {
        const frame = frameSealer.seal(type, text(`${round}`));
        expect([...frame.subarray(0, 2)]).toEqual([type, ordering === "in-order" ? 1 : 0]);
        expect(frameOpener.open(frame, start)).toEqual({ type, plaintext: text(`${round}`) });
      }
      sealer.rotate();
    }
  });

  it("bind label, type, flags, session id, and in order the count of records before the epoch", () => {
    for (const ordering of orderings) {
      const ordered = ordering === "in-order";
      const { sealer, frameSealer, opener } = pair({ provider, ordering });
      const prefix = concat(utf8("bowline/frame/v1"), Uint8Array.of(message, ordered ? 1 : 0), sessionId);
      const counted = (count: string): Uint8Array => concat(prefix, ordered ? fromHex(count)! : bare);
      const first = frameSealer.seal(message, text("a"));
      expect(opener.open(first.subarray(2), counted("0000000000000000"), start)).toEqual(text("a"));
      for (let sealed = 1; sealed < 0x0102; sealed++) opener.open(sealer.seal(text("x"), bare), bare, start);
      sealer.rotate();
      sealer.rotate();
      const next = frameSealer.seal(message, text("b"));
      expect(opener.open(next.subarray(2), counted("0201000000000000"), start)).toEqual(text("b"));
    }
  });
});

describe("a stream of ordered frames", () => {
  /** Frames of three epochs, two in each. */
  function stream() {
    const both = pair();
    const frames = [0, 1, 2].flatMap(rotation => {
      if (rotation > 0) both.sealer.rotate();
      return [0, 1].map(index => both.frameSealer.seal(message, text(`${rotation}.${index}`)));
    });
    return { ...both, frames };
  }

  it("R18 shows a deletion at the end of an epoch at the first record of the next", () => {
    const { frames, frameOpener } = stream();
    frameOpener.open(frames[0]!, start);
    expect(codeOf(() => frameOpener.open(frames[2]!, start))).toBe("record-forged");
    expect(codeOf(() => frameOpener.open(frames[4]!, start))).toBe("record-forged");
    for (const frame of frames.slice(1)) frameOpener.open(frame, start);
  });

  it("R18 shows the deletion of a whole epoch", () => {
    const { frames, frameOpener } = stream();
    frameOpener.open(frames[0]!, start);
    frameOpener.open(frames[1]!, start);
    expect(codeOf(() => frameOpener.open(frames[4]!, start))).toBe("record-forged");
    expect(frameOpener.open(frames[2]!, start).plaintext).toEqual(text("1.0"));
  });

  it("R19 shows a truncated start, also where it is that of a later epoch", () => {
    const { frames, frameOpener } = stream();
    expect(codeOf(() => frameOpener.open(frames[1]!, start))).toBe("record-out-of-order");
    expect(codeOf(() => frameOpener.open(frames[2]!, start))).toBe("record-forged");
    expect(codeOf(() => frameOpener.open(frames[4]!, start))).toBe("record-forged");
    for (const frame of frames) frameOpener.open(frame, start);
  });

  it("R18 an epoch in which nothing was sealed is no deletion", () => {
    const { sealer, frameSealer, frameOpener } = pair();
    frameOpener.open(frameSealer.seal(message, text("a")), start);
    for (let rotation = 0; rotation < 5; rotation++) sealer.rotate();
    frameOpener.open(frameSealer.seal(message, text("b")), start);
  });

  it("a count bound for a record that failed is not taken for another", () => {
    const { sealer, opener, frameSealer, frameOpener } = pair();
    const first = sealer.seal(text("a"), bare);
    sealer.rotate();
    const second = sealer.seal(text("b"), bare);
    const third = frameSealer.seal(message, text("c"));
    expect(codeOf(() => frameOpener.open(concat(third.subarray(0, 2), second), start))).toBe("record-forged");
    opener.open(first, bare, start);
    opener.open(second, bare, start);
    expect(frameOpener.open(third, start).plaintext).toEqual(text("c"));
  });

  it("counts go on from earlier generations", () => {
    const both = { provider: nodeProvider, generation: 1 };
    const sealer = new RecordSealer({ ...both, chainSecret: chainSecret(), sealedBefore: 77n });
    const frame = new FrameSealer({ sealer, sessionId, ordering: "in-order" }).seal(message, text("a"));
    const openedAfter = (openedBefore: bigint) => {
      const ordering = "in-order";
      const opener = new RecordOpener({
        ...both,
        chainSecret: chainSecret(),
        ordering,
        grace: 0,
        openedBefore,
      });
      return new FrameOpener({ opener, sessionId, ordering });
    };
    expect(codeOf(() => openedAfter(76n).open(frame, start))).toBe("record-forged");
    expect(openedAfter(77n).open(frame, start).plaintext).toEqual(text("a"));
  });
});

describe("R21 splicing", () => {
  it.each(orderings)("between frame types is forged, %s", ordering => {
    const types: SealedFrameType[] = [message, batch, control, streamType];
    for (const sealed of types) {
      for (const claimed of types.filter(type => type !== sealed)) {
        const { frameSealer, frameOpener } = pair({ ordering });
        const frame = frameSealer.seal(sealed, text("a"));
        expect(codeOf(() => frameOpener.open(reheaded(frame, claimed, frame[1]!), start))).toBe(
          "record-forged",
        );
        expect(frameOpener.open(frame, start).type).toBe(sealed);
      }
    }
  });

  it.each(orderings)("between sessions is forged, %s", ordering => {
    const { frameSealer } = pair({ ordering });
    const other = pair({ ordering, sessionId: flipped(sessionId, 31) });
    expect(codeOf(() => other.frameOpener.open(frameSealer.seal(message, text("a")), start))).toBe(
      "record-forged",
    );
    const { frameSealer: again } = pair({ ordering });
    const otherKeys = pair({ ordering, direction: 9 });
    expect(codeOf(() => otherKeys.frameOpener.open(again.seal(message, text("a")), start))).toBe(
      "record-forged",
    );
  });

  it("between flags: an ordered opener takes only ordered frames, the other only others; changing the flag is forged", () => {
    const ordered = pair({ ordering: "in-order" });
    const unordered = pair({ ordering: "out-of-order" });
    const orderedFrame = ordered.frameSealer.seal(message, text("a"));
    const unorderedFrame = unordered.frameSealer.seal(message, text("a"));
    const outcomes = [
      [() => ordered.frameOpener.open(unorderedFrame, start), "frame-unexpected"],
      [() => unordered.frameOpener.open(orderedFrame, start), "frame-unexpected"],
      [() => ordered.frameOpener.open(reheaded(unorderedFrame, message, 1), start), "record-forged"],
      [() => unordered.frameOpener.open(reheaded(orderedFrame, message, 0), start), "record-forged"],
    ] as const;
    for (const [act, code] of outcomes) expect(codeOf(act)).toBe(code);
    ordered.frameOpener.open(orderedFrame, start);
    unordered.frameOpener.open(unorderedFrame, start);
  });

  it.each(orderings)("between bare records and frames is forged, %s", ordering => {
    const framed = pair({ ordering });
    const frame = framed.frameSealer.seal(message, text("a"));
    expect(codeOf(() => framed.opener.open(frame.subarray(2), bare, start))).toBe("record-forged");
    expect(codeOf(() => framed.opener.openBare(frame.subarray(2), start))).toBe("record-forged");
    const plain = pair({ ordering });
    const record = plain.sealer.sealBare(text("a"));
    expect(codeOf(() => plain.opener.open(record, bare, start))).toBe("record-forged");
    const head = Uint8Array.of(message, ordering === "in-order" ? 1 : 0);
    expect(codeOf(() => plain.frameOpener.open(concat(head, record), start))).toBe("record-forged");
  });
});

describe("parsing a frame", () => {
  it("X40 refuses short frames and what is not defined", () => {
    const { frameOpener } = pair();
    const body = new Uint8Array(40).fill(1);
    expect(codeOf(() => parseFrame(bare))).toBe("frame-malformed");
    expect(codeOf(() => parseFrame(Uint8Array.of(message)))).toBe("frame-malformed");
    const defined = new Map<number, readonly number[]>([
      ...[0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08].map(type => [type, [0]] as const),
      ...[0x10, 0x11, 0x12, 0x13, 0x14].map(type => [type, [0, 1, 2, 3, 4, 5, 6, 7]] as const),
    ]);
    const accepted = new Map<number, number[]>();
    for (let type = 0; type < 256; type++) {
      for (let flags = 0; flags < 256; flags++) {
        const frame = concat(Uint8Array.of(type, flags), body);
        if (defined.get(type)?.includes(flags) === true) {
          expect(parseFrame(frame)).toEqual({ sealed: type >= 0x10, type, flags, body });
        } else if (codeOf(() => frameOpener.open(frame, start)) !== "frame-malformed") {
          accepted.set(type, [...(accepted.get(type) ?? []), flags]);
        }
      }
    }
    expect(accepted).toEqual(new Map());
  });

  it.each(orderings)("a frame in clear is frame-unexpected to an opener, whatever its body, %s", ordering => {
    const watch = watched();
    const { frameOpener } = pair({ ordering, openerProvider: watch.crypto });
    for (const type of [0x01, 0x02, 0x03, 0x04, 0x05, 0x06] as const) {
      expect(codeOf(() => frameOpener.open(clearFrame(type, bare), start))).toBe("frame-unexpected");
      expect(codeOf(() => frameOpener.open(clearFrame(type, new Uint8Array(99)), start))).toBe(
        "frame-unexpected",
      );
    }
    expect(watch.opens()).toBe(0);
  });

  it("a frame in clear is type, no flags, body", () => {
    expect(clearFrame(0x03, Uint8Array.of(7, 8))).toEqual(Uint8Array.of(3, frameFlag.none, 7, 8));
    expect(maxSealedFrameLength).toBe(1_048_606);
  });

  it("a session id has 32 bytes, and frames have the ordering of their records", () => {
    const { sealer, opener } = pair({ ordering: "in-order" });
    const ordering = "in-order";
    for (const length of [0, 31, 33]) {
      const short = new Uint8Array(length);
      expect(codeOf(() => new FrameSealer({ sealer, sessionId: short, ordering }))).toBe("invalid-argument");
      expect(codeOf(() => new FrameOpener({ opener, sessionId: short, ordering }))).toBe("invalid-argument");
    }
    expect(codeOf(() => new FrameOpener({ opener, sessionId, ordering: "out-of-order" }))).toBe(
      "invalid-argument",
    );
  });
});
