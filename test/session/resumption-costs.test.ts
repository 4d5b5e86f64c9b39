import { afterEach, describe, expect, it, vi } from "vitest";
import { Secret } from "../../src/bytes/index.js";
import { clearFrameType } from "../../src/record/index.js";
import { disposeState } from "../../src/session/index.js";
import { WatchedProvider } from "../attacks/watched-provider.js";
import { at, exchange } from "./machine-pair.js";
import { kept, resumedPair, say } from "./resumption-pair.js";

describe("what a stranger's resume frames cost", () => {
  it("X39 a name that nobody knows: one look into what is kept, no DH, no KEM, no key", () => {
    const watched = new WatchedProvider();
    const { pair, reborn } = resumedPair({ known: true }, { resumer: "initiator" });
    const [resume] = pair.initiator.takeFrames();
    for (let i = 0; i < 20; i++) {
      let looked = 0;
      const responder = reborn("responder", { provider: watched.provider }, () => {
        looked++;
        return undefined;
      });
      resume![6]! ^= i;
      responder.receive(resume!);
      expect(looked).toBe(1);
      expect(responder.takeFrames().map(frame => frame[0])).toEqual([clearFrameType.resumptionRefused]);
    }
    expect(watched.secrets).toEqual([]);
  });
});

describe("what a resumption leaves behind", () => {
  afterEach(() => vi.restoreAllMocks());

  it.each([
    "taken",
    "taken, and cut in a generation",
    "taken, and cut in a renewal",
    "refused",
    "forged",
    "unanswered",
  ] as const)("X45 no key and no secret that is not erased, where it was %s", course => {
    const made = [vi.spyOn(Secret, "take"), vi.spyOn(Secret, "copy")];
    const watched = new WatchedProvider();
    const both = { provider: watched.provider };
    const options = {
      resumer: "initiator",
      both,
      ...(course === "refused" && { lookup: () => undefined, fallback: false }),
    } as const;
    const { pair, old, states } = resumedPair({ known: true }, options);
    if (course === "taken") {
      exchange(pair);
      say(pair.initiator, "x");
      pair.responder.machine.advanceEpoch(at(3));
      pair.responder.collect(at(3));
      exchange(pair);
      disposeState(kept(pair.initiator));
      expect(pair.initiator.events).toContain("resumed");
    } else if (course.startsWith("taken,")) {
      exchange(pair);
      if (course.endsWith("generation")) pair.initiator.machine.advanceEpoch(at(3));
      else pair.initiator.machine.renew(at(3));
      pair.initiator.collect(at(3));
      // The proposal arrives, and its answer does not: one end has keys that no record has opened under.
      for (const frame of pair.initiator.takeFrames()) pair.responder.receive(frame, at(3));
      expect(pair.responder.takeFrames()).toHaveLength(1);
    } else if (course === "forged") {
      const [resume] = pair.initiator.takeFrames();
      resume![resume!.length - 1]! ^= 1;
      pair.responder.receive(resume!);
      expect(pair.responder.failure).toBe("handshake-failed");
    } else if (course === "refused") {
      exchange(pair);
      expect(pair.initiator.failure).toBe("resumption-refused");
    }
    for (const state of [states.initiator, states.responder]) disposeState(state);
    for (const end of [pair.initiator, pair.responder, old.initiator, old.responder]) end.machine.dispose();
    expect(watched.undisposed).toEqual([]);
    const secrets = made.flatMap(({ mock }) => mock.results.map(({ value }) => value as Secret));
    expect(secrets.length).toBeGreaterThan(10);
    expect(secrets.filter(secret => !secret.disposed)).toEqual([]);
    // Names are no secrets: they go in clear.
    const names = watched.secrets.filter(({ kind, bytes }) => kind === "hkdf" && bytes.length === 16).length;
    expect(watched.unerased.filter(kind => kind === "hkdf").length).toBe(names);
    expect(watched.unerased.filter(kind => kind !== "hkdf")).toEqual([]);
    expect(watched.secrets.length).toBeGreaterThan(0);
  });
});
