import type { LineageInspection, PhaseInspection } from "../src/session/index.js";
import { generationOf, rotationOf } from "../src/record/index.js";
import type { Flight } from "./flight.js";
import type { KeyLogEntries } from "./key-log.js";

export type EndName = "initiator" | "responder";

/** What an end can be told to do. `wake`: a second has passed on its clock. */
export type OwnAction = "rotate" | "advance" | "renew" | "send" | "wake" | "rotate-and-send";
export type EndInput = OwnAction | Flight;

/** One end after one history of inputs: everything that is asked about it. */
export interface EndNode {
  readonly end: EndName;
  readonly parent: EndNode | undefined;
  readonly input: EndInput | undefined;
  /** Monotonic milliseconds on this end's clock. */
  readonly now: number;
  readonly lineage: LineageInspection;
  readonly sent: number;
  /** What the last input has put out. */
  readonly frames: readonly Flight[];
  readonly received: readonly string[];
  readonly log: KeyLogEntries;
  /** Every frame that has opened. */
  readonly accepted: readonly Flight[];
  /** When the first record of the present session opened, and by session that of its present generation: grace times begin then. */
  readonly renewedAt: number;
  readonly advancedAt: Readonly<Record<string, number>>;
  readonly children: Map<EndInput, EndNode>;
}

/** Milliseconds for which older keys open records. Short, so that its end is among what is explored. */
export const grace = 2_000;

/** The end's phases that have keys, newest use first; one in its grace time only as long as that lasts. */
export function phasesOf({ lineage, now }: EndNode): PhaseInspection[] {
  const { current, next, previous } = lineage;
  return [current, next, previous !== undefined && previous.expiresAt > now ? previous : undefined].filter(
    phase => phase !== undefined,
  );
}

export function phaseOf(node: EndNode, renewals: number): PhaseInspection | undefined {
  return phasesOf(node).find(phase => (phase.renewals & 3) === renewals);
}

/** Whether `flight` can never change anything at `node` again: it has been opened, or its keys are erased. */
export function isSpent(node: EndNode, flight: Flight): boolean {
  return node.accepted.includes(flight) || isTooLate(node, flight);
}

function isTooLate(node: EndNode, flight: Flight): boolean {
  const phase = phaseOf(node, flight.renewals);
  if (phase === undefined) {
    const behind = (node.lineage.current.renewals - flight.renewals) & 3;
    return behind === 2 || (behind === 1 && node.now >= node.renewedAt + grace);
  }
  const { id, opening } = phase;
  const [generation, rotation] = [generationOf(flight.epoch), rotationOf(flight.epoch)];
  if (generation > opening.generation) return false;
  const { previous } = opening;
  const kept =
    generation === opening.generation
      ? opening
      : previous?.generation === generation && previous.expiresAt > node.now
        ? previous
        : undefined;
  if (kept === undefined) {
    const overlaps = generation + 1 === opening.generation && node.now < (node.advancedAt[id] ?? 0) + grace;
    return !overlaps;
  }
  if (rotation >= kept.rotation) return false;
  return !kept.older.some(older => older.rotation === rotation && older.expiresAt > node.now);
}

/** Looks a thing up along the history of `node`, newest first. */
export function inHistory<Found>(
  node: EndNode,
  find: (entries: EndNode) => Found | undefined,
): Found | undefined {
  for (let at: EndNode | undefined = node; at !== undefined; at = at.parent) {
    const found = find(at);
    if (found !== undefined) return found;
  }
  return undefined;
}
