import { SessionError } from "../errors/index.js";

/** Characters of a message that go to the requester at most. */
const maxMessageLength = 1_024;

/**
 * What a handler of requests throws to tell the requester why: `code` (1 to 64 characters) for programs, the message for people. Of
 * any other error the requester learns nothing. The requester finds it as `cause` of `request-failed`: what is in it, the peer said.
 */
export class RequestError extends Error {
  /** Always `RequestError`. */
  override readonly name = "RequestError";
  /** For programs: 1 to 64 characters. */
  readonly code: string;

  /** @throws invalid-argument */
  constructor(code: string, message: string) {
    super(message.slice(0, maxMessageLength));
    if (code.length < 1 || code.length > 64)
      throw new SessionError(
        "invalid-argument",
        `The code of a request's error has 1 to 64 characters, not ${code.length}.`,
      );
    this.code = code;
  }
}
