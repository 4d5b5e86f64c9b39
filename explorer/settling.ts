import { generationOf } from "../src/record/index.js";
import type { EndNode } from "./end-node.js";
import { check } from "./violation.js";
import { worldDigest, type World } from "./world.js";
import { peerOf, type WorldMoves } from "./world-moves.js";

const ends = ["initiator", "responder"] as const;
const enough = 400;

/** Follows worlds in which nothing more goes wrong until both ends agree and messages arrive again. */
export class Settling {
  readonly #moves: WorldMoves;
  readonly #ordered: boolean;
  /** Worlds of which it is known that they come to rest. */
  readonly #known = new Set<string>();
  /** How many worlds were met on the way that had not been met before. */
  worlds = 0;

  constructor(moves: WorldMoves, ordered: boolean) {
    this.#moves = moves;
    this.#ordered = ordered;
  }

  /** Follows `start` to its rest; undefined where what it leads to is known already. @throws Violation */
  follow(start: World, digest = worldDigest(start)): World | undefined {
    const met = [digest];
    let world = start;
    let resting: World | undefined;
    while (!this.#known.has(met.at(-1)!)) {
      check(met.length < enough, "the ends do not come to rest");
      const next = this.#next(world);
      if (next === undefined) {
        this.#atRest(world);
        resting = world;
        break;
      }
      world = next;
      met.push(worldDigest(world));
    }
    this.worlds += met.length - 1;
    for (const seen of met) this.#known.add(seen);
    return resting;
  }

  /** Frames arrive, and then time passes, until nothing is left to do. */
  #next(world: World): World | undefined {
    for (const end of ends) {
      const next = this.#moves.make(world, { end, action: "deliver" });
      if (next !== undefined) return next;
    }
    if (ends.every(end => isQuiet(world[end]))) return undefined;
    const woken = this.#moves.make(world, { end: "initiator", action: "wake" })!;
    return this.#moves.make(woken, { end: "responder", action: "wake" })!;
  }

  #atRest(world: World): void {
    const { initiator, responder } = world;
    const [one, other] = [initiator.lineage, responder.lineage];
    check(one.current.id === other.current.id, "the ends are at rest in different sessions");
    check(
      one.current.generation === other.current.generation,
      "the ends are at rest in different generations",
    );
    for (const { lineage } of [initiator, responder]) {
      const { current, sending, next } = lineage;
      const generations = [generationOf(current.sealingEpoch ?? -1), current.opening.generation];
      const settled = generations.every(generation => generation === current.generation);
      check(
        settled && sending === current.renewals && next === undefined,
        "an exchange is half done for ever",
      );
    }
    let after = world;
    for (const end of ends) {
      const sent = this.#moves.make(after, { end, action: "send" })!;
      const message = `${end} ${world[end].sent}`;
      after = this.#moves.make(sent, { end: peerOf[end], action: "deliver" })!;
      check(after[peerOf[end]].received.includes(message), `a message of the ${end} does not arrive`);
      if (this.#ordered) checkComplete(after[peerOf[end]], end, after[end].sent);
    }
  }
}

function isQuiet({ lineage }: EndNode): boolean {
  const { resendAt, current, wanted, next, renewal } = lineage;
  return (
    resendAt === undefined &&
    next === undefined &&
    renewal.phase === "idle" &&
    current.generations.proposal === undefined &&
    !wanted.renewal &&
    !wanted.generation
  );
}

/** Where order is kept, everything has arrived, in order. */
function checkComplete(receiver: EndNode, from: string, count: number): void {
  const received: string[] = [];
  for (let node: EndNode | undefined = receiver; node !== undefined; node = node.parent)
    received.unshift(...node.received);
  const expected = Array.from({ length: count }, (_, number) => `${from} ${number}`);
  check(received.join() === expected.join(), `messages of the ${from} are missing or out of order`);
}
