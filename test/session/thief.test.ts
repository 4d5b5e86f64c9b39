import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes/index.js";
import type { CryptoProvider } from "../../src/crypto/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import type { End } from "./machine-pair.js";
import { at, exchange, newPair, seededRandom, type Overrides, type Pair } from "./machine-pair.js";

/**
 * A thief's copy of one end is made by living its life again: machines are deterministic, so that the same randomness and the same
 * frames lead to the same state. From the theft on, the copy draws other randomness than its victim.
 */
function stolen(
  options: { readonly known: boolean; readonly delivery: "ordered" | "datagram" },
  staticKeys = true,
) {
  const theft = { done: false };
  const impostor = nodeProvider.dh.generateKeyPair(seededRandom(99));
  const identities = new Set<Uint8Array>();
  /** Once the theft is done, the copy's static keys compute what another key would: as if the own ones were in hardware. */
  const withoutStatics: CryptoProvider = {
    ...nodeProvider,
    dh: {
      ...nodeProvider.dh,
      name: nodeProvider.dh.name,
      length: nodeProvider.dh.length,
      generateKeyPair: random => nodeProvider.dh.generateKeyPair(random),
      importKeyPair: secretKey => nodeProvider.dh.importKeyPair(secretKey),
      checkPublicKey: publicKey => nodeProvider.dh.checkPublicKey(publicKey),
      sharedSecret: (pair, publicKey) =>
        nodeProvider.dh.sharedSecret(
          theft.done && identities.has(pair.publicKey) ? impostor : pair,
          publicKey,
        ),
    },
  };
  const fork = (seed: number, after: number) => {
    const [before, later] = [seededRandom(seed), seededRandom(after)];
    return (length: number) => (theft.done ? later(length) : before(length));
  };
  const live = (after: number, provider: CryptoProvider): Pair => {
    const both: Overrides = { delivery: options.delivery, provider };
    const ends = { initiator: { random: fork(7, after) }, responder: { random: fork(8, after + 1) } };
    return newPair({ known: options.known, both, ...ends });
  };
  const victims = live(1_000, nodeProvider);
  const copies = live(2_000, staticKeys ? nodeProvider : withoutStatics);
  for (const end of [copies.initiator, copies.responder]) identities.add(end.identity.publicKey);
  exchange(victims);
  exchange(copies);
  theft.done = true;
  expect(copies.initiator.machine.id).toEqual(victims.initiator.machine.id);
  return { victims, copy: copies.responder, otherCopy: copies.initiator };
}

/** Passes frames between the victims; the thief, who only listens, gets those to the responder as well. */
function overheard({ victims, copy }: { victims: Pair; copy: End }): void {
  exchange(victims, (frame, from) => {
    if (from === "initiator") {
      copy.receive(Uint8Array.from(frame));
      copy.takeFrames();
    }
    return [frame];
  });
}

function say(end: End, text: string): void {
  end.machine.send(utf8(text), at(2));
  end.collect(at(2));
}

const said = (end: End): string[] => end.messages.map(message => new TextDecoder().decode(message));

describe.each([
  { known: false, delivery: "ordered" },
  { known: true, delivery: "datagram" },
] as const)("a thief of the responder's whole state (known: $known, $delivery)", options => {
  it("reads on through rotations: they are symmetric", () => {
    const theft = stolen(options);
    theft.victims.initiator.machine.rotateKeys(at(2));
    say(theft.victims.initiator, "after a rotation");
    overheard(theft);
    expect(said(theft.copy)).toEqual(["after a rotation"]);
  });

  it.each(["initiator", "responder"] as const)(
    "who only listens is shut out by one generation (proposed by the %s)",
    proposer => {
      const theft = stolen(options);
      const { victims, copy } = theft;
      say(victims.initiator, "before");
      overheard(theft);
      expect(said(copy)).toEqual(["before"]);

      victims[proposer].machine.advanceEpoch(at(2));
      victims[proposer].collect(at(2));
      overheard(theft);
      expect(victims.initiator.events).toContain("epoch-advanced");
      say(victims.initiator, "after");
      overheard(theft);
      expect(said(victims.responder)).toEqual(["before", "after"]);
      expect(said(copy)).toEqual(["before"]);
    },
  );

  it("who speaks in the victim's place is not shut out by a generation: no more is claimed", () => {
    const { victims, copy } = stolen(options);
    const impersonation = { initiator: victims.initiator, responder: copy };
    victims.initiator.machine.advanceEpoch(at(2));
    victims.initiator.collect(at(2));
    exchange(impersonation);
    say(victims.initiator, "to whom?");
    exchange(impersonation);
    expect(said(copy)).toEqual(["to whom?"]);
  });
});

describe("H47 a thief of the session's keys who does not have the static key", () => {
  function thiefWithoutStatic(delivery: "ordered" | "datagram"): { victim: End; thief: End; id: Uint8Array } {
    const { victims, copy } = stolen({ known: false, delivery }, false);
    return { victim: victims.initiator, thief: copy, id: victims.initiator.machine.id! };
  }

  it.each(["ordered", "datagram"] as const)("cannot answer a renewal (%s)", delivery => {
    const { victim, thief, id } = thiefWithoutStatic(delivery);
    victim.machine.renew(at(2));
    victim.collect(at(2));
    exchange({ initiator: victim, responder: thief });
    expect(victim.events).not.toContain("renewed");
    expect(victim.machine.id).toEqual(id);
  });

  it.each(["ordered", "datagram"] as const)("cannot propose one (%s)", delivery => {
    const { victim, thief, id } = thiefWithoutStatic(delivery);
    thief.machine.renew(at(2));
    thief.collect(at(2));
    exchange({ initiator: victim, responder: thief });
    expect(victim.events).not.toContain("renewed");
    expect(victim.machine.id).toEqual(id);
  });

  it.each(["ordered", "datagram"] as const)(
    "could, if it had the static key: the experiment bites (%s)",
    delivery => {
      const { victims, copy } = stolen({ known: false, delivery });
      victims.initiator.machine.renew(at(2));
      victims.initiator.collect(at(2));
      exchange({ initiator: victims.initiator, responder: copy });
      expect(victims.initiator.events).toContain("renewed");
    },
  );
});
