import { afterEach, describe, expect, it, vi } from "vitest";
import { Secret } from "../../src/bytes/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { clearFrameType } from "../../src/record/index.js";
import { disposeRestoration, type RestorationState } from "../../src/session/index.js";
import { at, End, endDefaults, exchange } from "./machine-pair.js";
import { asked, asking, keptPair, type KeptPair } from "./restoration-pair.js";

afterEach(() => vi.restoreAllMocks());

const delivery = "datagram";

/** How often `end` looks for what it has kept. */
function countLooks(end: End): () => number {
  const find = end.restorable;
  let looks = 0;
  end.restorable = name => {
    looks++;
    return find(name);
  };
  return () => looks;
}

/** Copies of a question with another tag each. */
function forgeries(question: Uint8Array, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    const forged = Uint8Array.from(question);
    const [bit, byte] = [i % 8, question.length - 1 - (Math.floor(i / 8) % 16)];
    forged[byte] = forged[byte]! ^ (1 << bit);
    forged[question.length - 17] = forged[question.length - 17]! ^ (i >> 8);
    return forged;
  });
}

/** The initiator's end as one that has kept nothing. */
function newcomer({ initiator, responder, options }: KeptPair): End {
  const peer = responder.identity.publicKey;
  const { identity } = initiator;
  const { random } = nodeProvider;
  const provider = nodeProvider;
  return new End(
    { provider, ...endDefaults, ...options, persist: false, random, identity, role: "initiator", peer },
    at(1),
  );
}

describe("questions under a known name that somebody forges on datagrams", () => {
  it("X39 cost one look into what is kept, however many they are, and the peer's is answered", () => {
    const pair = keptPair({ delivery });
    const [asker, answerer] = [asking(pair, "initiator"), asked(pair, "responder")];
    const looks = countLooks(answerer);
    for (const forged of forgeries(asker.frames[0]!, 500)) answerer.receive(forged, at(1));
    expect(looks()).toBe(1);
    expect(answerer.machine.metrics().refused["record-forged"]).toBe(500);
    expect(answerer.frames).toEqual([]);
    exchange({ initiator: asker, responder: answerer });
    expect(looks()).toBe(1);
    expect(asker.machine.id).toEqual(pair.initiator.machine.id);
    expect(answerer.machine.restored).toBe("peer");
  });

  it("X39 are refused where they come under a second name, without a look", () => {
    const pair = keptPair({ delivery });
    const [asker, answerer] = [asking(pair, "initiator"), asked(pair, "responder")];
    const looks = countLooks(answerer);
    const [forged] = forgeries(asker.frames[0]!, 1);
    answerer.receive(forged!, at(1));
    const other = Uint8Array.from(asker.frames[0]!);
    other[3]! ^= 1;
    for (let i = 0; i < 10; i++) answerer.receive(other, at(1));
    expect(looks()).toBe(1);
    expect(answerer.frames.map(frame => frame[0])).toEqual(Array(10).fill(clearFrameType.restoreRefused));
    exchange({ initiator: asker, responder: answerer });
    expect(asker.events).toContain("established");
  });

  it.each(["the path ends", "the peer is answered", "a handshake follows"])(
    "X45 leave no secret where %s",
    what => {
      const pair = keptPair({ delivery });
      const [asker, answerer] = [asking(pair, "initiator"), asked(pair, "responder")];
      const states: (RestorationState | undefined)[] = [];
      const find = answerer.restorable;
      answerer.restorable = name => {
        states.push(find(name));
        return states.at(-1);
      };
      const copies: Secret[] = [];
      const copy = Secret.copy.bind(Secret);
      const spy = vi.spyOn(Secret, "copy").mockImplementation(bytes => {
        copies.push(copy(bytes));
        return copies.at(-1)!;
      });
      answerer.receive(forgeries(asker.frames[0]!, 1)[0]!, at(1));
      spy.mockRestore();
      for (const state of states) disposeRestoration(state);
      const left = (): Secret[] => copies.filter(({ disposed }) => !disposed);
      expect(left().length).toBeGreaterThan(0);
      if (what === "the path ends") answerer.machine.connectionEnded(at(1));
      else {
        const initiator = what === "the peer is answered" ? asker : newcomer(pair);
        exchange({ initiator, responder: answerer });
        expect(answerer.events).toContain("established");
      }
      expect(left()).toHaveLength(0);
    },
  );
});
