import { toHex } from "../bytes/index.js";
import { asSessionError, type SessionError } from "../errors/index.js";
import { isLive } from "../session/index.js";
import { abortable } from "./abortable.js";
import { resumeSession, type ResumeChoice, type ResumingParts } from "./resuming.js";
import type { SessionRestorations, TakenAttempt } from "./session-restorations.js";
import type { Session } from "./session.js";

/** What a restore needs of the manager. */
export interface RestoringParts extends ResumingParts {
  readonly restorations: SessionRestorations;
}

/**
 * Carries on with a session with `peer` (its public key, 32 bytes) that no session of this manager goes on with, where one is kept; else, and where the peer refuses, `otherwise`.
 *
 * @throws as `SessionManager.resume`
 */
export async function restoreSession(
  parts: RestoringParts,
  peer: Uint8Array,
  options: ResumeChoice,
  signal: AbortSignal,
  otherwise: () => Promise<Session>,
): Promise<Session> {
  const looking = parts.restorations.attempt(peer, options.lineage);
  try {
    const restore = await abortable(looking, signal);
    if (restore === undefined) return await otherwise();
    try {
      return await open(parts, peer, restore, options, signal);
    } catch (thrown) {
      // The other end may have asked at the same time, and have been first.
      const live = await abortable(parts.restorations.liveSession(restore.state), signal);
      if (live !== undefined && isLive(live.state)) return live;
      const error = asSessionError(thrown);
      if (!mayGoOn(error)) throw error;
      return await otherwise();
    }
  } finally {
    void looking.then(attempt => parts.restorations.over(attempt));
  }
}

/** One path: the restore, and where the peer refuses it, the resumption or a full handshake. */
function open(
  parts: RestoringParts,
  peer: Uint8Array,
  restore: TakenAttempt,
  { fallback = true }: ResumeChoice,
  signal: AbortSignal,
): Promise<Session> {
  return resumeSession(parts, peer, { lineage: toHex(restore.state.lineage), fallback }, signal, {
    ...restore,
    fallback,
  });
}

/** Whether something else than the restore may succeed, on a path of its own. */
function mayGoOn({ code, category, recovery }: SessionError): boolean {
  if (code === "aborted" || code === "session-closed") return false;
  return category === "peer-misbehaved" || recovery === "rehandshake" || recovery === "reopen";
}
