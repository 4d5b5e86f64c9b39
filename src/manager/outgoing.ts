import type { Connection, Connector } from "../ports/index.js";
import type { Opening } from "./opening-context.js";
import type { Openings } from "./openings.js";
import { restoreSession } from "./restoring.js";
import { resumeSession, type ResumeChoice, type ResumingParts } from "./resuming.js";
import type { SessionLineages } from "./session-lineages.js";
import type { SessionRestorations } from "./session-restorations.js";
import type { Session } from "./session.js";

/** What sessions that this end begins need of the manager. */
export interface OutgoingParts {
  readonly lineages: SessionLineages;
  readonly restorations: SessionRestorations | undefined;
  readonly openings: Openings;
  readonly reach: (connector: Connector, signal: AbortSignal) => Promise<Connection>;
}

/** The sessions that this end begins: each carries on with one that is kept, where any is, or is a new one. */
export class Outgoing {
  readonly #parts: OutgoingParts;

  constructor(parts: OutgoingParts) {
    this.#parts = parts;
  }

  /** @throws as `SessionManager.connect` */
  async connect(
    connector: Connector,
    { peer, policy }: Pick<Opening, "peer" | "policy">,
    signal: AbortSignal,
  ): Promise<Session> {
    const { openings, reach } = this.#parts;
    const handshake = async (): Promise<Session> => {
      const opening = {
        role: "initiator",
        connection: await reach(connector, signal),
        policy,
        signal,
      } as const;
      return openings.open(peer === undefined ? opening : { ...opening, peer });
    };
    if (peer === undefined) return handshake();
    return this.#restored(connector, peer, {}, signal, handshake);
  }

  /** @throws as `SessionManager.resume` */
  resume(
    connector: Connector,
    peer: Uint8Array,
    options: ResumeChoice,
    signal: AbortSignal,
  ): Promise<Session> {
    const parts = this.#resuming(connector);
    return this.#restored(connector, peer, options, signal, () =>
      resumeSession(parts, peer, options, signal),
    );
  }

  #resuming(connector: Connector): ResumingParts {
    const { lineages, openings, reach } = this.#parts;
    return { lineages, openings, connect: signal => reach(connector, signal) };
  }

  #restored(
    connector: Connector,
    peer: Uint8Array,
    options: ResumeChoice,
    signal: AbortSignal,
    otherwise: () => Promise<Session>,
  ): Promise<Session> {
    const { restorations } = this.#parts;
    if (restorations === undefined) return otherwise();
    return restoreSession({ ...this.#resuming(connector), restorations }, peer, options, signal, otherwise);
  }
}
