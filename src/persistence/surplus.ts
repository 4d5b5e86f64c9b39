import { toHex } from "../bytes/index.js";
import type { LineageName } from "../session/index.js";
import { lineagesPerPeer } from "./persistence-limits.js";

/**
 * Which of a peer's `lineages`, the one that was saved last in front, are forgotten so that one more is not too many: those that were saved first, but none
 * that `isLive` (64 hexadecimal digits).
 */
export function surplus<Lineage extends LineageName>(
  lineages: readonly Lineage[],
  isLive: (lineage: string) => boolean,
): Lineage[] {
  const spare = lineages.filter(({ lineage }) => !isLive(toHex(lineage)));
  const live = lineages.length - spare.length;
  return spare.slice(Math.max(lineagesPerPeer - 1 - live, 0));
}
