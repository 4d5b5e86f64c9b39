import type { Session } from "./session.js";

/** Whoever goes on with a lineage in this manager, or is about to. */
export interface LineageHolder {
  /** Whether this end has asked for the restore, and has no answer yet. */
  readonly asks: boolean;
  /** What it resumes, and whether the lineage's initiator has asked for that; undefined where it is no resumption. */
  readonly resumes: { readonly from: string; readonly first: boolean } | undefined;
  /** The session, once it is established; undefined where it never was. */
  readonly opened: Promise<Session | undefined>;
  /** Ends the session as cut, for another one of its lineage; resolves when nothing of it is written any more. */
  giveUp(): Promise<void>;
}
