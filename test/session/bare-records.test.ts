import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes/index.js";
import { SessionError } from "../../src/errors/index.js";
import { defaultKeyPolicy } from "../../src/session/index.js";
import { WatchedProvider } from "../attacks/watched-provider.js";
import { at, establishedPair, exchange, seededRandom, type End, type Pair } from "./machine-pair.js";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const deliveries = ["ordered", "datagram"] as const;

function carry(pair: Pair, now = at(3)): void {
  for (const end of [pair.initiator, pair.responder]) end.collect(now);
  exchange(pair);
}

const opened = (end: End, record: Uint8Array, now = at(3)): string => {
  try {
    return text(end.machine.decrypt(record, now));
  } catch (error) {
    if (SessionError.is(error)) return error.code;
    throw error;
  } finally {
    end.collect(now);
  }
};

describe.each(deliveries)(
  "bare records beside messages, rotations, generations and a renewal (%s)",
  delivery => {
    it.each([1, 2, 3])(
      "R18 late, reordered, repeated or never there, they cost no message (seed %i)",
      seed => {
        const random = seededRandom(seed);
        const chance = (part: number): boolean => random(1)[0]! < part * 256;
        const pair = establishedPair({ seed, both: { delivery } });
        const ends = [pair.initiator, pair.responder] as const;
        const sent: string[][] = [[], []];
        const records: [Uint8Array[], Uint8Array[]] = [[], []];
        const outcomes = new Map<string, number>();
        let number = 0;
        for (let step = 0; step < 300; step++) {
          const now = at(3 + step);
          const side = random(1)[0]! & 1;
          const end = ends[side]!;
          if (chance(0.5)) {
            const message = `message ${number++}`;
            end.machine.send(utf8(message), now);
            sent[side]!.push(message);
          }
          if (chance(0.5)) records[side]!.push(end.machine.encrypt(utf8(`bare ${number++}`), now));
          if (chance(0.1)) end.machine.rotateKeys(now);
          if (step % 50 === 25) end.machine.advanceEpoch(now);
          if (step === 120 || step === 220) end.machine.renew(now);
          if (chance(0.7)) carry(pair, now);
          const waiting = records[side]!;
          if (waiting.length > 0 && chance(0.5)) {
            const index = random(1)[0]! % waiting.length;
            const record = waiting[index]!;
            if (chance(0.8)) waiting.splice(index, 1);
            const outcome = opened(ends[1 - side]!, record, now).replace(/ \d+/, "");
            outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
          }
        }
        carry(pair, at(400));
        for (const side of [0, 1] as const) {
          expect(ends[side].failure).toBeUndefined();
          expect(ends[side].machine.state.name).toBe("active");
          expect(ends[1 - side]!.messages.map(text)).toEqual(sent[side]);
        }
        expect(ends[0].events.filter(type => type === "renewed")).toHaveLength(2);
        expect(outcomes.get("bare")).toBeGreaterThan(40);
        expect(
          [...outcomes.keys()].filter(
            code => !/^(bare|epoch-unknown|record-replayed|record-forged)$/.test(code),
          ),
        ).toEqual([]);
      },
    );

    it("one of the session before a renewal, and one of the generation before, open for the grace time", () => {
      const pair = establishedPair({ both: { delivery, grace: 1000 } });
      const { initiator, responder } = pair;
      const before = [0, 1].map(i => initiator.machine.encrypt(utf8(`${i}`), at(2)));
      responder.machine.renew(at(2));
      carry(pair);
      const renewed = [0, 1].map(i => initiator.machine.encrypt(utf8(`renewed ${i}`), at(4)));
      initiator.machine.advanceEpoch(at(4));
      carry(pair);
      expect(opened(responder, before[0]!, at(1000))).toBe("0");
      expect(opened(responder, renewed[0]!, at(1000))).toBe("renewed 0");
      const wakeup = responder.machine.nextWakeup(at(1000));
      expect(wakeup).toBeLessThanOrEqual(1001);
      responder.machine.wake(at(1002));
      expect(opened(responder, before[1]!, at(1002))).toMatch(/^(record-forged|epoch-unknown)$/);
      expect(opened(responder, renewed[1]!, at(1002))).toBe("epoch-unknown");
    });

    it("a rotation that a bare record makes is told at once, so that any number of them never outruns the peer", () => {
      const keyPolicy = { ...defaultKeyPolicy, rotation: { ...defaultKeyPolicy.rotation, records: 2 } };
      const pair = establishedPair({ both: { delivery, keyPolicy } });
      const { initiator, responder } = pair;
      for (let i = 0; i < 300; i++) {
        const record = initiator.machine.encrypt(utf8(`${i}`), at(3));
        carry(pair);
        expect(opened(responder, record)).toBe(`${i}`);
      }
      expect(initiator.machine.metrics().sent.rotations).toBeGreaterThan(100);
      expect(responder.machine.metrics().received.rotations).toBe(initiator.machine.metrics().sent.rotations);
      initiator.machine.send(utf8("after all"), at(4));
      carry(pair);
      expect(responder.messages.map(text)).toEqual(["after all"]);
    });

    it("an epoch in which only bare records were sealed is shown to the peer before it ends", () => {
      const pair = establishedPair({ both: { delivery } });
      const { initiator, responder } = pair;
      const rotations = delivery === "ordered" ? 100 : 40;
      for (let i = 0; i < rotations; i++) {
        initiator.machine.encrypt(utf8("x"), at(3));
        initiator.machine.rotateKeys(at(3));
      }
      initiator.machine.send(utf8("after all"), at(4));
      carry(pair);
      expect(responder.messages.map(text)).toEqual(["after all"]);
      expect(responder.machine.metrics().received.rotations).toBe(rotations);
    });

    it("all that opens has at most four epochs in a direction: generations and sessions before the present one included", () => {
      const watched = new WatchedProvider();
      const pair = establishedPair({ both: { delivery }, responder: { provider: watched.provider } });
      const { initiator, responder } = pair;
      const quiet = watched.undisposed.length;
      const records: Uint8Array[] = [];
      const epoch = (): void => {
        initiator.machine.send(utf8("x"), at(3));
        records.push(initiator.machine.encrypt(utf8(`${records.length}`), at(3)));
        carry(pair);
      };
      const rotations = (): void => {
        for (let i = 0; i < 2; i++) {
          initiator.machine.rotateKeys(at(3));
          epoch();
        }
      };
      for (let round = 0; round < 3; round++) {
        epoch();
        rotations();
        initiator.machine.advanceEpoch(at(3));
        carry(pair);
        epoch();
        rotations();
        initiator.machine.renew(at(3));
        carry(pair);
        // The present session alone so far, and of those before it what is left of four.
        const older = watched.undisposed.length - quiet;
        expect(older).toBeLessThanOrEqual(delivery === "ordered" ? 4 : 7);
      }
      epoch();
      const outcomes = records.map(record => opened(responder, record));
      expect(outcomes.filter(outcome => /^\d+$/.test(outcome))).toEqual(
        records.map((_, i) => `${i}`).slice(-4),
      );
      responder.machine.wake(at(6_000));
      responder.collect(at(6_000));
      // The key for bare records of the current epoch, and two candidates, derived for records that are of another session.
      expect(watched.undisposed.length - quiet).toBe(3);
    });
  },
);
