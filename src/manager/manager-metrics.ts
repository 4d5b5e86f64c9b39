import type { RefusalCause } from "./handshake-gate.js";

/** What a manager holds at the moment, and what it has refused and dropped so far. */
export interface ManagerMetrics {
  /** Established, and not ended. */
  readonly sessions: number;
  /** Of callers, under way. */
  readonly handshakes: number;
  /** Connections that were dropped before any handshake. */
  readonly refusedConnections: number;
  /** The same, by cause; one that has not occurred is not there. */
  readonly refusedByCause: Readonly<Partial<Record<RefusalCause, number>>>;
  /** Events that a slow reader has lost. */
  readonly droppedEvents: number;
}
