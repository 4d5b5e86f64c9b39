import { inHistory, type EndInput, type EndName, type EndNode, type OwnAction } from "./end-node.js";
import type { EndRunner } from "./end-runner.js";
import type { Flight } from "./flight.js";
import { keyNamed } from "./step-checks.js";
import { check } from "./violation.js";
import { alive, type World } from "./world.js";

/** What the network does with the first frame on its way to an end; `swap`: the second overtakes it. */
type NetworkAction = "deliver" | "drop" | "swap";
/** What happens to, or on the way to, an end. */
export interface Move {
  readonly end: EndName;
  readonly action: OwnAction | NetworkAction;
}

/**
 * What an end is told to do. `all`: each by itself. `keys`: it rotates only when it sends, since nothing shows a rotation but a frame that is
 * sealed under it.
 */
export const alphabets = {
  all: ["rotate", "advance", "renew", "send", "wake"],
  keys: ["rotate-and-send", "advance", "renew", "wake"],
} as const satisfies Record<string, readonly OwnAction[]>;
export type Alphabet = keyof typeof alphabets;

export const peerOf = { initiator: "responder", responder: "initiator" } as const;
const queueTo = { initiator: "toInitiator", responder: "toResponder" } as const;

/**
 * The moves that are explored. `frameFaults`: what only datagrams suffer. That a frame comes twice is no move: every frame that an end has
 * opened is offered to it again after each of its steps.
 */
export function movesOf(alphabet: Alphabet, frameFaults: boolean): Move[] {
  const network = frameFaults ? (["deliver", "drop", "swap"] as const) : (["deliver"] as const);
  return (["initiator", "responder"] as const).flatMap(end =>
    [...alphabets[alphabet], ...network].map(action => ({ end, action })),
  );
}

/** Makes moves, and checks what they lead to. */
export class WorldMoves {
  readonly #runners: Readonly<Record<EndName, EndRunner>>;
  readonly #ordered: boolean;

  constructor(runners: Readonly<Record<EndName, EndRunner>>, ordered: boolean) {
    this.#runners = runners;
    this.#ordered = ordered;
  }

  /** Undefined where there is nothing to move. @throws Violation */
  make(world: World, { end, action }: Move): World | undefined {
    const queue = world[queueTo[end]];
    const [first, second] = queue;
    switch (action) {
      case "deliver":
        return first === undefined ? undefined : this.#input(world, end, first, queue.slice(1));
      case "drop":
        return first === undefined ? undefined : { ...world, [queueTo[end]]: queue.slice(1) };
      case "swap":
        return first === undefined || second === undefined || first === second
          ? undefined
          : { ...world, [queueTo[end]]: [second, first, ...queue.slice(2)] };
      default:
        return this.#input(world, end, action, queue);
    }
  }

  #input(world: World, end: EndName, input: EndInput, queue: readonly Flight[]): World {
    const before = world[end];
    const node = this.#runners[end].step(before, input);
    const peer = world[peerOf[end]];
    this.#checkAgreement(node, peer);
    const outgoing = [...world[queueTo[peerOf[end]]], ...node.frames];
    const ends = { initiator: world.initiator, responder: world.responder, [end]: node };
    const queues = { [queueTo[end]]: queue, [queueTo[peerOf[end]]]: outgoing };
    const next = { ...ends, ...queues } as unknown as World;
    // What can't be opened has been taken out: nobody may seal under keys that the other end can't have.
    if (typeof input !== "string") check(node.accepted !== before.accepted, `the ${end} refuses a frame`);
    if (this.#ordered) return next;
    return {
      ...next,
      toInitiator: this.#withoutSpent(next.toInitiator, next.initiator),
      toResponder: this.#withoutSpent(next.toResponder, next.responder),
    };
  }

  /** Takes out frames that change nothing any more, after a look whether that is true. */
  #withoutSpent(queue: readonly Flight[], receiver: EndNode): readonly Flight[] {
    const rest = alive(queue, receiver);
    if (rest === queue) return queue;
    for (const flight of queue) {
      if (rest.includes(flight) || receiver.accepted.includes(flight)) continue;
      const after = this.#runners[receiver.end].step(receiver, flight);
      const unchanged = after.accepted === receiver.accepted && after.frames.length === 0;
      check(unchanged, `the ${receiver.end} opens a ${flight.content} that is too late`);
    }
    return rest;
  }

  /** Keys of one name are one key, sessions of one number one session, and what comes was sent. */
  #checkAgreement(node: EndNode, peer: EndNode): void {
    for (const [name, key] of node.log.keys) {
      const other = keyNamed(peer, name);
      check(other === undefined || other === key, `the ends have different keys for ${name}`);
    }
    const { current, next } = node.lineage;
    for (const phase of [current, next]) {
      const others = [peer.lineage.current, peer.lineage.next, peer.lineage.previous];
      const other = others.find(known => known?.renewals === phase?.renewals);
      const same = phase === undefined || other === undefined || other.id === phase.id;
      check(same, "the ends have different sessions of one number");
    }
    for (const [place] of node.log.seals) {
      const used = inHistory(peer, ({ log }) => log.seals.find(([other]) => other === place));
      check(used === undefined, `both ends seal under ${place}`);
    }
    for (const message of node.received) {
      const [from, number] = message.split(" ");
      check(
        from === peer.end && Number(number) < peer.sent,
        `the ${node.end} gives out what nobody has sent`,
      );
    }
  }
}
