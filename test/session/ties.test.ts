import { describe, expect, it } from "vitest";
import type { OwnAction } from "../../explorer/end-node.js";
import { newWorld } from "../../explorer/explore.js";
import { worldDigest, type World } from "../../explorer/world.js";

/** What an end asks for while the other end asks for something too. */
const asked: readonly (readonly OwnAction[])[] = [
  ["advance"],
  ["renew"],
  ["advance", "renew"],
  ["renew", "advance"],
];
const ties = asked.flatMap(one => asked.map(other => [one, other] as const));

/** Every world that some order of arrival leads to, until nothing is under way. */
function everyArrival(
  { start, moves, settling }: ReturnType<typeof newWorld>,
  [one, other]: (typeof ties)[number],
  reordering: boolean,
): { readonly resting: World[]; readonly worlds: number } {
  let first = start;
  for (const action of one) first = moves.make(first, { end: "initiator", action })!;
  for (const action of other) first = moves.make(first, { end: "responder", action })!;
  const known = new Set<string>();
  const resting: World[] = [];
  const pending = [first];
  for (let world = pending.pop(); world !== undefined; world = pending.pop()) {
    const digest = worldDigest(world);
    if (known.has(digest)) continue;
    known.add(digest);
    if (world.toInitiator.length + world.toResponder.length === 0) {
      const rest = settling.follow(world);
      if (rest !== undefined) resting.push(rest);
    }
    for (const end of ["initiator", "responder"] as const) {
      for (const action of reordering ? (["deliver", "swap"] as const) : (["deliver"] as const)) {
        const next = moves.make(world, { end, action });
        if (next !== undefined) pending.push(next);
      }
    }
  }
  return { resting, worlds: known.size };
}

describe.each([
  { delivery: "ordered", reordering: false },
  { delivery: "datagram", reordering: false },
  { delivery: "datagram", reordering: true },
] as const)("both ends ask at once ($delivery, reordered: $reordering)", ({ delivery, reordering }) => {
  it.each(ties)("%j and %j: in every order of arrival one comes of it, and both agree", (one, other) => {
    const { resting, worlds } = everyArrival(newWorld(delivery), [one, other], reordering);
    expect(worlds).toBeGreaterThan(5);
    expect(resting.length).toBeGreaterThan(0);
    const renewal = one.includes("renew") || other.includes("renew");
    for (const { initiator, responder } of resting) {
      for (const { lineage } of [initiator, responder]) {
        expect(lineage.current.renewals).toBe(renewal ? 1 : 0);
        if (!renewal) expect(lineage.current.generation).toBe(1);
        else expect(lineage.current.generation).toBeLessThanOrEqual(1);
      }
    }
  });
});
