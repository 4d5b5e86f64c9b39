import { SessionError } from "../errors/index.js";
import type { Connection } from "../ports/index.js";
import { disposeState } from "../session/index.js";
import { abortable } from "./abortable.js";
import type { Openings } from "./openings.js";
import type { PeerId } from "./peer-id.js";
import type { SessionLineages } from "./session-lineages.js";
import type { TakenAttempt } from "./session-restorations.js";
import type { Session } from "./session.js";

/** Which session is resumed, and what takes its place where it cannot be. */
export interface ResumeOptions {
  /** The peer's id: no other is accepted. */
  readonly peer: PeerId;
  /** `Session.lineage` of the one that is meant. Default: the one with this peer that was kept last, first of those that no live session goes on with. */
  readonly lineage?: string;
  /** Whether a full handshake takes its place: where nothing is kept, it is too old, or the peer refuses it. Default: true. */
  readonly fallback?: boolean;
  /** Aborting it ends the attempt. */
  readonly signal?: AbortSignal;
}

/** Which lineage, and what takes its place. */
export type ResumeChoice = Pick<ResumeOptions, "lineage" | "fallback">;

/** What a resumption needs of the manager. */
export interface ResumingParts {
  readonly lineages: SessionLineages;
  readonly openings: Openings;
  readonly connect: (signal: AbortSignal) => Promise<Connection>;
}

/** Resumes a session with `peer` (its public key, 32 bytes); `restore`: or carries on with that, where the peer does. @throws as `SessionManager.resume` */
export async function resumeSession(
  { lineages, openings, connect }: ResumingParts,
  peer: Uint8Array,
  { lineage, fallback = true }: ResumeChoice,
  signal: AbortSignal,
  restore?: TakenAttempt,
): Promise<Session> {
  const looking = lineages.withPeer(peer, lineage);
  try {
    const state = await abortable(looking, signal);
    if (state === undefined && !fallback && restore === undefined) {
      throw new SessionError(
        "resumption-refused",
        "Nothing is kept of a session with this peer: connect with a full handshake.",
      );
    }
    const connection = await connect(signal);
    const common = { role: "initiator", connection, peer, policy: () => true, signal } as const;
    const opening = restore === undefined ? common : { ...common, restore };
    return await openings.open(state === undefined ? opening : { ...opening, resume: { state, fallback } });
  } finally {
    void looking.then(disposeState);
  }
}
