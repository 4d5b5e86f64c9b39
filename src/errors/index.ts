export { errorKinds, type ErrorCategory, type ErrorCode, type ErrorRecovery } from "./error-codes.js";
export { asSessionError, SessionError } from "./session-error.js";
