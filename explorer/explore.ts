import type { EndName } from "./end-node.js";
import { EndRunner, secretKeyOf, type Delivery } from "./end-runner.js";
import { Flights } from "./flight.js";
import { Settling } from "./settling.js";
import { Violation } from "./violation.js";
import { worldDigest, type World } from "./world.js";
import { movesOf, WorldMoves, type Alphabet, type Move } from "./world-moves.js";

export interface Level {
  readonly depth: number;
  /** Worlds that are met first at this depth. */
  readonly found: number;
  /** All worlds so far. */
  readonly worlds: number;
  /** Moves made so far. */
  readonly moves: number;
  /** Steps of one end that were run, and histories lived again for them. */
  readonly steps: number;
  readonly replays: number;
  /** Worlds beyond the bound that were followed until delivery had resumed. */
  readonly beyond: number;
}

export interface ExploreOptions {
  readonly delivery: Delivery;
  readonly alphabet: Alphabet;
  readonly depth: number;
  /** Told after each depth. */
  readonly onLevel?: (level: Level) => void;
}

/** What was wrong, and the moves that lead there. */
export class Counterexample extends Error {
  override readonly name = "Counterexample";
}

interface Met {
  readonly world: World;
  readonly digest: string;
  readonly before: Met | undefined;
  readonly move: Move | undefined;
}

/**
 * Breadth first through everything that can happen in `depth` moves after the handshake; each world once. Worlds at the last depth are
 * followed until delivery has resumed; the others are, by way of their successors.
 *
 * @throws Counterexample
 */
export function explore(options: ExploreOptions): Level {
  // A refused frame is an error: its stack would be most of the work.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return breadthFirst(options);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The world after a handshake, and what moves and checks it. */
export function newWorld(delivery: Delivery): {
  readonly start: World;
  readonly moves: WorldMoves;
  readonly settling: Settling;
  readonly runners: Readonly<Record<EndName, EndRunner>>;
} {
  const flights = new Flights();
  const ordered = delivery === "ordered";
  const runners = {
    initiator: new EndRunner("initiator", delivery, flights, secretKeyOf("responder")),
    responder: new EndRunner("responder", delivery, flights, undefined),
  };
  const moves = new WorldMoves(runners, ordered);
  return { start: established(runners), moves, settling: new Settling(moves, ordered), runners };
}

function breadthFirst({ delivery, alphabet, depth, onLevel }: ExploreOptions): Level {
  const { start, moves, settling, runners } = newWorld(delivery);
  const all = movesOf(alphabet, delivery === "datagram");
  const known = new Set<string>();
  let made = 0;
  const level = (at: number, found: number): Level => ({
    depth: at,
    found,
    worlds: known.size,
    moves: made,
    steps: runners.initiator.nodes + runners.responder.nodes,
    replays: runners.initiator.replays + runners.responder.replays,
    beyond: settling.worlds,
  });
  const meet = (met: Met, at: number): boolean => {
    if (known.has(met.digest)) return false;
    known.add(met.digest);
    if (at === depth) settling.follow(met.world, met.digest);
    return true;
  };

  const first = { world: start, digest: worldDigest(start), before: undefined, move: undefined };
  meet(first, 0);
  let frontier: Met[] = [first];
  let last = level(0, 1);
  onLevel?.(last);
  for (let at = 1; at <= depth; at++) {
    const next: Met[] = [];
    let found = 0;
    for (const before of frontier) {
      for (const move of all) {
        try {
          const world = moves.make(before.world, move);
          if (world === undefined) continue;
          made++;
          const met = { world, digest: worldDigest(world), before, move };
          if (!meet(met, at)) continue;
          found++;
          if (at < depth) next.push(met);
        } catch (error) {
          if (error instanceof Violation) throw counterexample(error, before, move);
          throw error;
        }
      }
    }
    frontier = next;
    last = level(at, found);
    onLevel?.(last);
  }
  return last;
}

function established({ initiator, responder }: Record<"initiator" | "responder", EndRunner>): World {
  const [one, other] = [initiator.begin(), responder.begin()];
  let toResponder = initiator.shake(one, undefined);
  let toInitiator = responder.shake(other, undefined);
  while (toResponder.length + toInitiator.length > 0) {
    toInitiator.push(...toResponder.flatMap(frame => responder.shake(other, frame)));
    toResponder = toInitiator.flatMap(frame => initiator.shake(one, frame));
    toInitiator = [];
  }
  return {
    initiator: initiator.settled(one),
    responder: responder.settled(other),
    toInitiator: [],
    toResponder: [],
  };
}

function counterexample(violation: Violation, met: Met, last: Move): Counterexample {
  const moves = [last];
  for (let at: Met | undefined = met; at?.move !== undefined; at = at.before) moves.unshift(at.move);
  const path = moves.map(({ end, action }) => `${end}.${action}`).join(" ");
  return new Counterexample(`${violation.message}\nafter: ${path}`, { cause: violation });
}
