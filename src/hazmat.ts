/**
 * The parts beneath a session, which are easy to misuse: records without a session, a session without a manager. Whoever uses
 * them answers for nonces, for order, and for the end.
 *
 * @module
 */
export type { RandomSource } from "./bytes/index.js";
export { aeadKeyByParts } from "./crypto/index.js";
export type {
  Aead,
  AeadKey,
  Dh,
  DhKeyPair,
  Hash,
  Hkdf,
  Kem,
  KemKeyPair,
  Signature,
  SignatureKeyPair,
} from "./crypto/index.js";
export * from "./record/index.js";
export {
  SessionMachine,
  type ExchangeInspection,
  type LineageName,
  type LineageProgress,
  type LineageTotals,
  type Counts,
  type Countable,
  type ReceivedCounts,
  type RestorableGeneration,
  type RestorableProgress,
  type RestorableSession,
  type RestorationAttempt,
  type RestorationHold,
  type RestorationState,
  type RestoreSecrets,
  type ResumptionAttempt,
  type ResumptionState,
  type LineageInspection,
  type PhaseInspection,
  type SessionInspection,
  type SessionMachineOptions,
  type SessionOutput,
} from "./session/index.js";
export { defaultProvider } from "#default-provider";
