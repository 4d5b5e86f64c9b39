import type { Instant } from "../ports/index.js";
import type { HandshakeResult } from "./handshake.js";
import { stricterLimits } from "./limits.js";
import { newLease, newPhase, type LineageConfig } from "./lineage-config.js";
import { firstLifetime, LineageMemory } from "./lineage-memory.js";
import { Lineage } from "./lineage.js";

/** The lineage of a handshake's result, whose secrets are taken over. */
export function newLineage(config: LineageConfig, result: HandshakeResult, now: Instant): Lineage {
  const limits = stricterLimits(config.limits, result.peerLimits);
  const lifetime = firstLifetime(limits, result, now, newLease(config));
  const first = newPhase(config, result, config.handshakeRole, 0, lifetime);
  return new Lineage(config, first, new LineageMemory(config, first, result), now);
}
