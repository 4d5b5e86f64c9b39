import { describe, expect, it } from "vitest";
import { Secret } from "../../src/bytes/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { disposeState, resumptionName, type ResumptionState } from "../../src/session/index.js";
import { ResumptionSecrets } from "../../src/session/resumption-secret.js";
import { at, exchange, seededRandom } from "./machine-pair.js";
import { finder, kept, resumedPair, said, say } from "./resumption-pair.js";

/** The thief is a machine that has all that the responder has kept, its static key as well, and hears all that the initiator sends. */
function overheard(options: { readonly floor: "hybrid" | "classic"; readonly sameRandom: boolean }) {
  const { floor, sameRandom } = options;
  const both = { floor, prefer: floor } as const;
  const { pair, reborn, states } = resumedPair({ known: true, both }, { resumer: "initiator" });
  const random = (): ((length: number) => Uint8Array) => seededRandom(5);
  const found = finder(states.responder);
  const victim = reborn("responder", { random: random() }, found);
  const thief = reborn("responder", sameRandom ? { random: random() } : {}, found);
  const listened = { initiator: pair.initiator, responder: victim };
  const hear = (): void =>
    exchange(listened, (frame, from) => {
      if (from === "initiator") thief.receive(Uint8Array.from(frame));
      return [frame];
    });
  hear();
  say(pair.initiator, "a word");
  hear();
  return { victim, thief };
}

describe.each(["hybrid", "classic"] as const)(
  "a thief of all that is stored, and of the static key, who hears everything (%s)",
  floor => {
    it("T35 cannot read the resumed session: both ends' ephemeral keys are fresh", () => {
      const { victim, thief } = overheard({ floor, sameRandom: false });
      expect(said(victim)).toEqual(["a word"]);
      expect(said(thief)).toEqual([]);
      expect(thief.events).not.toContain("established");
    });

    it("could, if it had the victim's ephemeral key as well: the experiment bites", () => {
      const { thief } = overheard({ floor, sameRandom: true });
      expect(said(thief)).toEqual(["a word"]);
    });
  },
);

describe("a thief of what is stored who does not have the static key", () => {
  it("H47 T35 can neither resume the session nor take a resumption in", () => {
    const { states, reborn, pair } = resumedPair({ known: true }, { resumer: "initiator" });
    const identity = nodeProvider.dh.generateKeyPair(seededRandom(77));
    const resumer = reborn("initiator", { identity });
    exchange({ initiator: resumer, responder: reborn("responder", {}, finder(states.responder)) });
    expect(resumer.events).not.toContain("established");

    const responder = reborn("responder", { identity }, finder(states.responder));
    exchange({ initiator: pair.initiator, responder });
    expect(pair.initiator.events).not.toContain("established");
  });

  it("cannot use what is two generations old, though it may have both static keys", () => {
    const { old, reborn } = resumedPair({ known: true }, { resumer: "initiator" });
    const advance = (): void => {
      old.initiator.machine.advanceEpoch(at(3));
      old.initiator.collect(at(3));
      exchange(old);
    };
    const attempt = (state: ResumptionState): string[] => {
      const resume = { state, fallback: false };
      const initiator = reborn("initiator", { resume });
      const responder = reborn("responder", {}, finder(kept(old.responder)));
      exchange({ initiator, responder });
      return initiator.events;
    };
    const stolen = kept(old.initiator);
    advance();
    expect(attempt(stolen)).toContain("resumed");
    advance();
    expect(attempt(stolen)).not.toContain("resumed");
    disposeState(stolen);
  });
});

describe("resumption secrets", () => {
  const secret = (byte: number): Secret => Secret.take(new Uint8Array(32).fill(byte));

  it("are the two newest; what nobody needs any more is erased", () => {
    const secrets = new ResumptionSecrets();
    const all = [1, 2, 3].map(secret);
    for (const one of all) secrets.put(one);
    expect(all.map(one => one.disposed)).toEqual([true, false, false]);
    expect(secrets.copies().map(copy => copy.expose()[0])).toEqual([3, 2]);
    secrets.dispose();
    expect(all.every(one => one.disposed)).toBe(true);
    expect(secrets.copies()).toEqual([]);
  });

  it("have names that say nothing of them", () => {
    const name = resumptionName(nodeProvider, secret(1));
    expect(name).toHaveLength(16);
    expect(name).toEqual(resumptionName(nodeProvider, secret(1)));
    expect(name).not.toEqual(resumptionName(nodeProvider, secret(2)));
  });
});
