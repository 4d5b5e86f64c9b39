import { generationOf, rotationOf } from "../src/record/index.js";
import type { LineageInspection, PhaseInspection } from "../src/session/index.js";
import { isSpent, phaseOf, phasesOf, type EndNode } from "./end-node.js";
import type { Flight } from "./flight.js";
import { textDigest } from "./toy-hash.js";

/** Both ends, and what is under way between them, the first to arrive first. */
export interface World {
  readonly initiator: EndNode;
  readonly responder: EndNode;
  readonly toInitiator: readonly Flight[];
  readonly toResponder: readonly Flight[];
}

/**
 * A digest of what decides the future, and only of that: counters, numbers of epochs and sessions, times and random bytes are put in
 * relation to one another, so that worlds which go on alike are one.
 */
export function worldDigest(world: World): string {
  return textDigest(describe(world));
}

/** The text that is digested. */
export function describe(world: World): string {
  const naming = new Naming(world);
  return [
    naming.end(world.initiator, world.responder),
    naming.end(world.responder, world.initiator),
    naming.queue(world.toInitiator, world.initiator),
    naming.queue(world.toResponder, world.responder),
  ].join("|");
}

class Naming {
  readonly #bodies = new Map<string, number>();
  readonly #firstRenewals: number;
  readonly #ends: readonly [EndNode, EndNode];

  constructor({ initiator, responder }: World) {
    this.#firstRenewals = Math.min(initiator.lineage.current.renewals, responder.lineage.current.renewals);
    this.#ends = [initiator, responder];
  }

  end(node: EndNode, peer: EndNode): string {
    const { lineage, now } = node;
    const phases = phasesOf(node).map(phase => this.#phase(phase, node, peer));
    const { current, next } = lineage;
    const previous = left(lineage.previous?.expiresAt, now);
    return [
      phases.join(";"),
      next === undefined ? "" : "n",
      previous,
      lineage.sending - current.renewals,
      this.#exchange(lineage.renewal),
      lineage.renewal.phase,
      lineage.wanted.renewal ? "R" : "",
      lineage.wanted.generation ? "G" : "",
      left(lineage.resendAt, now),
    ].join(",");
  }

  queue(flights: readonly Flight[], receiver: EndNode): string {
    return flights
      .map((flight, i) => this.#flight(flight, receiver, flights.indexOf(flight, 0) - i))
      .join(" ");
  }

  #phase(phase: PhaseInspection, node: EndNode, peer: EndNode): string {
    const { renewals, generation, sealingEpoch, opening, opened, generations } = phase;
    const first = this.#firstGeneration(renewals & 3);
    const sealing =
      sealingEpoch === undefined
        ? "-"
        : `${generationOf(sealingEpoch) - first}.${rotationOf(sealingEpoch) - openedRotation(phaseOf(peer, renewals & 3), generationOf(sealingEpoch))}`;
    const epochs = (kept: typeof opening.older, base: number): string =>
      kept
        .filter(({ expiresAt }) => expiresAt > node.now)
        .map(({ rotation, expiresAt }) => `${rotation - base}:${left(expiresAt, node.now)}`)
        .join("/");
    const { previous } = opening;
    const before =
      previous === undefined || previous.expiresAt <= node.now
        ? ""
        : `${previous.generation - first}:${left(previous.expiresAt, node.now)}:${epochs(previous.older, previous.rotation)}`;
    return [
      renewals - this.#firstRenewals,
      generation - first,
      sealing,
      opening.generation - first,
      epochs(opening.older, opening.rotation),
      opening.expected === undefined ? "" : opening.expected - first,
      before,
      opened ? "o" : "",
      this.#exchange(generations),
    ].join(" ");
  }

  #flight({ renewals, epoch, content, body }: Flight, receiver: EndNode, same: number): string {
    const phase = phaseOf(receiver, renewals);
    const generation = generationOf(epoch);
    const rotation = rotationOf(epoch) - openedRotation(phase, generation);
    const name = body === undefined ? "" : this.#body(body);
    const session = (renewals - this.#firstRenewals) & 3;
    return `${session}.${generation - this.#firstGeneration(renewals)}.${rotation}${content}${name}${same === 0 ? "" : same}`;
  }

  #exchange({ proposal, answered }: LineageInspection["renewal"] | PhaseInspection["generations"]): string {
    const own = proposal === undefined ? "" : this.#body(proposal);
    return answered === undefined
      ? `${own}`
      : `${own}<${this.#body(answered.proposal)}>${this.#body(answered.answer)}`;
  }

  #body(name: string): number {
    const known = this.#bodies.get(name);
    if (known !== undefined) return known;
    this.#bodies.set(name, this.#bodies.size);
    return this.#bodies.size - 1;
  }

  /** The newest generation that either end has agreed to in a session. */
  #firstGeneration(renewals: number): number {
    return Math.max(...this.#ends.map(end => phaseOf(end, renewals)?.generation ?? 0));
  }
}

/** The newest rotation that the receiving end knows of a generation. */
function openedRotation(phase: PhaseInspection | undefined, generation: number): number {
  if (phase === undefined) return 0;
  const { opening } = phase;
  if (opening.generation === generation) return opening.rotation;
  return opening.previous?.generation === generation ? opening.previous.rotation : 0;
}

function left(at: number | undefined, now: number): string {
  return at === undefined ? "" : at === Infinity ? "i" : String(Math.max(at - now, 0));
}

/** Frames that cannot change anything any more are as good as lost. */
export function alive(flights: readonly Flight[], receiver: EndNode): readonly Flight[] {
  return flights.some(flight => isSpent(receiver, flight))
    ? flights.filter(flight => !isSpent(receiver, flight))
    : flights;
}
