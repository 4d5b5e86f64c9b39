import { errorKinds, type ErrorCategory, type ErrorCode, type ErrorRecovery } from "./error-codes.js";

const brand = Symbol.for("bowline.SessionError");

/**
 * The one error that bowline throws. `message` names lengths and limits and says what to do; never a secret.
 *
 * @see PROTOCOL, section 10
 */
export class SessionError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "SessionError";
  readonly code: Code;
  readonly category: ErrorCategory;
  readonly recovery: ErrorRecovery;

  constructor(code: Code, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.category = errorKinds[code].category;
    this.recovery = errorKinds[code].recovery;
    Object.defineProperty(this, brand, { value: true });
  }

  /** Whether `value` is a SessionError (with that code, if given), also one of another realm or copy of the package. */
  static is<Code extends ErrorCode = ErrorCode>(value: unknown, code?: Code): value is SessionError<Code> {
    if (typeof value !== "object" || value === null) return false;
    const error = value as Partial<SessionError> & { readonly [brand]?: unknown };
    return error[brand] === true && (code === undefined || error.code === code);
  }

  /** What JSON shows: no stack, no cause. */
  toJSON(): { name: string; code: Code; category: ErrorCategory; recovery: ErrorRecovery; message: string } {
    const { name, code, category, recovery, message } = this;
    return { name, code, category, recovery, message };
  }
}
