import { concat, fromUtf8, utf8 } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import { RequestError } from "./request-error.js";

/** The first byte of a reply. */
export const replyStatus = { done: 0, failed: 1, unhandled: 2 } as const;

/** A reply that brings `bytes`. */
export function doneReply(bytes: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(replyStatus.done), bytes);
}

/** A reply that says that the handler failed, and why where it has said so itself. */
export function failedReply(error: unknown): Uint8Array {
  const status = Uint8Array.of(replyStatus.failed);
  if (!(error instanceof RequestError)) return status;
  const code = utf8(error.code);
  return concat(status, Uint8Array.of(code.length), code, utf8(error.message));
}

export function unhandledReply(): Uint8Array {
  return Uint8Array.of(replyStatus.unhandled);
}

/** The bytes that a reply to the request `label` brings. @throws request-failed, request-unhandled */
export function readReply(reply: Uint8Array, label: string): Uint8Array {
  switch (reply[0]) {
    case replyStatus.done:
      return reply.subarray(1);
    case replyStatus.unhandled:
      throw new SessionError("request-unhandled", `The peer has no handler for requests "${label}".`);
    case replyStatus.failed:
      throw new SessionError("request-failed", `The peer's handler of the request "${label}" has failed.`, {
        cause: readError(reply.subarray(1)),
      });
    default:
      throw new SessionError("request-failed", `The reply to the request "${label}" is not well-formed.`);
  }
}

/** Undefined where the peer has said nothing, or nothing that is well-formed. */
function readError(body: Uint8Array): RequestError | undefined {
  try {
    const end = 1 + (body[0] ?? 0);
    return new RequestError(fromUtf8(body.subarray(1, end)), fromUtf8(body.subarray(end)));
  } catch {
    return undefined;
  }
}
