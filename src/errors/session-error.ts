import { errorKinds, type ErrorCategory, type ErrorCode, type ErrorRecovery } from "./error-codes.js";

const brand = Symbol.for("bowline.SessionError");

/**
 * The one error that bowline throws. `message` names lengths and limits and says what to do; never a secret. `cause` is what led to it,
 * where something did.
 *
 * @see PROTOCOL, section 10
 */
export class SessionError<Code extends ErrorCode = ErrorCode> extends Error {
  /** Always `SessionError`: what a stack trace begins with. */
  override readonly name = "SessionError";
  /** What has happened, for programs: stable, never reworded. */
  readonly code: Code;
  /** Whose doing it was. */
  readonly category: ErrorCategory;
  /** What puts it right. */
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

  /** Where the code is explained: why it comes, what to do, whether the session goes on. A page of the package, and its anchor. */
  get help(): string {
    return `bowline/docs/ERRORS.md#${this.code}`;
  }

  /** What JSON shows: no stack, no cause. */
  toJSON(): { name: string; code: Code; category: ErrorCategory; recovery: ErrorRecovery; message: string } {
    const { name, code, category, recovery, message } = this;
    return { name, code, category, recovery, message };
  }
}

/** `error` as it is where it is a SessionError; anything else is a defect. */
export function asSessionError(error: unknown): SessionError {
  if (SessionError.is(error)) return error;
  return new SessionError("internal", "Something that should not fail has failed: please report it.", {
    cause: error,
  });
}
