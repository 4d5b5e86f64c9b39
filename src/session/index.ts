export type { CloseReason } from "./control.js";
export { defaultKeyPolicy, type KeyPolicy } from "./key-policy.js";
export { maxExportLength, type Role } from "./key-schedule.js";
export type { ExpiryReason, SessionStatus } from "./session-status.js";
export {
  checkedLimits,
  defaultLimits,
  limitNames,
  type LimitEdges,
  type LimitName,
  type LimitOption,
  type SessionLimits,
} from "./limits.js";
export type { SuiteFloor } from "./negotiation.js";
export type { Regression } from "./quarantine.js";
export { isTold, type SessionEvent } from "./session-event.js";
export type {
  ExchangeInspection,
  LineageInspection,
  PhaseInspection,
  SessionInspection,
} from "./session-inspection.js";
export { SessionMachine } from "./session-machine.js";
export { unordered } from "./opened-messages.js";
export { TokenBucket, type Rate } from "./token-bucket.js";
export { SessionMetrics, type DirectionMetrics, type LineageTotals } from "./session-metrics.js";
export type { ResumptionAttempt } from "./resumption-initiator.js";
export { resumptionName } from "./resumption-secret.js";
export {
  disposeState,
  lineageLeftAt,
  type LineageName,
  type LineageProgress,
  type Resumed,
  type ResumptionState,
} from "./resumption-state.js";
export type { SessionOutput } from "./session-output.js";
export { goesOnAfter, isLive, type SessionEnd, type SessionState } from "./session-state.js";
export { suites, type SuiteName } from "./suites.js";
export type { SessionMachineOptions } from "./session-options.js";
export type { RestorableProgress } from "./lineage-restoration.js";
export type { Countable, Counts, ReceivedCounts } from "./count-lease.js";
export type { RestoreSecrets } from "./key-schedule.js";
export { mayRestore } from "./may-restore.js";
export type { RestorationAttempt } from "./restoration-initiator.js";
export type { RestorationHold } from "./restoration-responder.js";
export {
  disposeRestoration,
  restorationName,
  type RestorableGeneration,
  type RestorableSession,
  type RestorationState,
} from "./restoration-state.js";
export { decodeLimits, encodedLimitsLength, encodeLimits } from "./limits.js";
