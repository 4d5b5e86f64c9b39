/**
 * The parts beneath a session, which are easy to misuse: records without a session, a session without a manager. Whoever uses
 * them answers for nonces, for order, and for the end.
 */
export * from "./record/index.js";
export { SessionMachine, type SessionMachineOptions, type SessionOutput } from "./session/index.js";
export { defaultProvider } from "#default-provider";
