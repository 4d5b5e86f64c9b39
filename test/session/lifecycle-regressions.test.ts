import { describe, expect, it } from "vitest";
import { Secret, utf8 } from "../../src/bytes/index.js";
import { defaultKeyPolicy } from "../../src/session/index.js";
import { GenerationExchange } from "../../src/session/generation-exchange.js";
import { WatchedProvider } from "../attacks/watched-provider.js";
import { at, establishedPair, exchange, newPair, seededRandom, type Pair } from "./machine-pair.js";

const paths = ["ordered", "datagram"] as const;

function say(pair: Pair, from: keyof Pair): void {
  const to = from === "initiator" ? pair.responder : pair.initiator;
  const before = to.messages.length;
  pair[from].machine.send(utf8("x"), at(2));
  pair[from].collect(at(2));
  exchange(pair);
  expect(to.messages).toHaveLength(before + 1);
}

describe.each(paths)("over a %s path", delivery => {
  it("rotations without a record between them do not outrun the peer", () => {
    const pair = establishedPair({ both: { delivery } });
    for (let rotation = 0; rotation < 200; rotation++) pair.initiator.machine.rotateKeys(at(2));
    expect(pair.initiator.machine.inspect().lineage!.current.sealingEpoch).toBe(1);
    say(pair, "initiator");
    say(pair, "responder");
  });
});

describe("on datagrams", () => {
  it("rotations on demand whose records are all lost do not outrun the peer: a generation takes their place", () => {
    const keyPolicy = { ...defaultKeyPolicy, generation: { rotations: 2 ** 40, time: 2 ** 40 } };
    const pair = establishedPair({ both: { delivery: "datagram", keyPolicy } });
    for (let rotation = 0; rotation < 200; rotation++) {
      pair.initiator.machine.rotateKeys(at(2));
      pair.initiator.machine.send(utf8("lost"), at(2));
      pair.initiator.collect(at(2));
      pair.initiator.takeFrames();
    }
    say(pair, "initiator");
    pair.initiator.machine.wake(at(2_000));
    pair.initiator.collect(at(2_000));
    exchange(pair);
    for (const end of [pair.initiator, pair.responder])
      expect(end.machine.inspect().lineage!.current.opening.generation).toBe(1);
    say(pair, "initiator");
    say(pair, "responder");
  });
});

describe("a first record under a rotation of its own", () => {
  it("is told as established first, then as rotated", () => {
    const pair = newPair({ known: true, both: { delivery: "datagram" } });
    const { initiator, responder } = pair;
    for (const frame of initiator.takeFrames()) responder.receive(frame);
    for (const frame of responder.takeFrames()) initiator.receive(frame);
    initiator.takeFrames();
    initiator.machine.rotateKeys(at(2));
    initiator.machine.send(utf8("the confirm before it was lost"), at(2));
    initiator.collect(at(2));
    for (const frame of initiator.takeFrames()) responder.receive(frame, at(2));
    expect(responder.events).toEqual(["established", "key-rotated", "message-received"]);
  });
});

describe("a session that has closed and waits for its peer's last word", () => {
  it.each([
    ["at once, where their time was over", 60_000, 60_000],
    ["when their time is over", 3, 60_000],
  ])("erases older keys %s", (_, closed, later) => {
    const watched = new WatchedProvider();
    const pair = establishedPair({ both: { delivery: "datagram", provider: watched.provider } });
    const keys = (): number => watched.undisposed.length;
    say(pair, "initiator");
    pair.initiator.machine.rotateKeys(at(2));
    say(pair, "initiator");
    const before = keys();
    pair.responder.machine.close("going-away", at(closed));
    const wakeup = pair.responder.machine.nextWakeup(at(closed));
    expect(wakeup).toBe(closed < later ? 5_001 : undefined);
    if (wakeup !== undefined) pair.responder.machine.wake(at(wakeup));
    // Of frames and of bare records.
    expect(keys()).toBe(before - 2);
  });
});

describe("a proposal with a KEM key that is refused", () => {
  it("leaves no shared secret behind", () => {
    const watched = new WatchedProvider();
    const make = (winsTies: boolean): GenerationExchange =>
      new GenerationExchange(
        {
          provider: watched.provider,
          random: seededRandom(winsTies ? 1 : 2),
          hybrid: true,
          sessionId: new Uint8Array(32),
          winsTies,
        },
        Secret.take(new Uint8Array(32)),
      );
    const [winner, loser] = [make(true), make(false)];
    const proposal = Uint8Array.from(winner.propose());
    proposal.set([0xff, 0xff, 0xff], 34);
    expect(() => loser.receiveProposal(proposal)).toThrow(
      expect.objectContaining({ code: "kem-public-key-invalid" }),
    );
    expect(watched.undisposed.filter(kind => kind === "shared secret")).toEqual([]);
  });
});
