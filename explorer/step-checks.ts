import { epochOf, generationOf } from "../src/record/index.js";
import type { SessionEvent } from "../src/session/index.js";
import { inHistory, type EndNode } from "./end-node.js";
import { check } from "./violation.js";

/** What must hold of one end's step from `parent` to `node`, whatever the other end has done. @throws Violation */
export function checkStep(node: EndNode, parent: EndNode, events: readonly SessionEvent[]): void {
  checkKeys(node, parent);
  checkTold(node, parent, events);
  for (const event of events)
    if (event.type === "rejected") check(event.cause !== "internal", "something internal has failed");
  for (const message of node.received) {
    const repeated = inHistory(parent, ({ received }) => (received.includes(message) ? true : undefined));
    check(repeated === undefined, `the ${node.end} gives out "${message}" twice`);
  }
}

/** Nothing is sealed under a (key, nonce) that has sealed something else; no epoch's key becomes another. */
function checkKeys(node: EndNode, parent: EndNode): void {
  const { seals, keys } = node.log;
  for (const [place, digest] of seals) {
    const earlier =
      inHistory(parent, ({ log }) => log.seals.find(([used]) => used === place)) ??
      seals.find(([used]) => used === place);
    check(earlier === undefined || earlier[1] === digest, `the ${node.end} repeats key and nonce ${place}`);
  }
  for (const [name, key] of keys) {
    const earlier = keyNamed(parent, name) ?? keys.find(([known]) => known === name)?.[1];
    check(
      earlier === key || earlier === undefined,
      `the ${node.end} has another key for ${name} than before`,
    );
  }
}

/** The key that `node` has had for `name`. */
export function keyNamed(node: EndNode, name: string): string | undefined {
  return inHistory(node, ({ log }) => log.keys.find(([known]) => known === name)?.[1]);
}

/** No key of the present session changes silently. */
function checkTold(node: EndNode, parent: EndNode, events: readonly SessionEvent[]): void {
  const [before, after] = [parent.lineage, node.lineage];
  const told = (holds: (event: SessionEvent) => boolean): boolean => events.some(holds);
  if (before.current.id !== after.current.id) {
    const { id } = before.current;
    check(
      told(event => event.type === "renewed" && event.from === id && event.to === after.current.id),
      `the ${node.end} does not tell that the session was renewed`,
    );
    return;
  }
  const [from, to] = [before.current.opening, after.current.opening];
  if (from.generation !== to.generation) {
    check(
      told(event => event.type === "epoch-advanced" && event.generation === to.generation),
      `the ${node.end} does not tell of generation ${to.generation}`,
    );
  } else if (from.rotation !== to.rotation) {
    const epoch = epochOf(to.generation, to.rotation);
    check(
      told(event => event.type === "key-rotated" && event.direction === "received" && event.epoch === epoch),
      `the ${node.end} does not tell that what it receives is under epoch ${epoch}`,
    );
  }
  const [sealed, seals] = [before.current.sealingEpoch, after.current.sealingEpoch];
  if (sealed === seals || sealed === undefined || seals === undefined) return;
  if (generationOf(sealed) === generationOf(seals)) {
    check(
      told(event => event.type === "key-rotated" && event.direction === "sent" && event.epoch === seals),
      `the ${node.end} does not tell that it seals under epoch ${seals}`,
    );
  } else {
    // It is told once the peer has shown that it has the generation too: `epoch-advanced`.
    check(
      generationOf(seals) === after.current.generation,
      `the ${node.end} seals under a generation that is not agreed`,
    );
  }
}
