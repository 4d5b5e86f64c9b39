import type { RandomSource } from "../bytes/index.js";
import type { SessionError } from "../errors/index.js";
import { Attempts } from "./attempts.js";
import { FairConnection } from "./fair-connection.js";
import type {
  Opening,
  OpeningCollaborators,
  OpeningContext,
  OpeningSettings,
  OpenPath,
} from "./opening-context.js";
import type { Session } from "./session.js";
import { openSession } from "./session-opening.js";
import type { Telemetry } from "./telemetry.js";
import type { Turns } from "./turns.js";

export interface OpeningsParts extends OpeningCollaborators {
  readonly settings: OpeningSettings;
  /** Undefined on a clock that cannot yield. */
  readonly turns: Turns | undefined;
  readonly telemetry: Telemetry;
}

/** Runs the handshakes of one manager, each over a connection that takes its turns with the others and is traced on request. */
export class Openings {
  #context: OpeningContext;
  readonly #turns: Turns | undefined;
  readonly #telemetry: Telemetry;
  readonly #attempts = new Attempts();
  /** Connections of sessions and handshakes that have not ended. */
  readonly #connections = new Map<Promise<void>, OpenPath>();

  constructor({ settings, turns, telemetry, ...parts }: OpeningsParts) {
    this.#turns = turns;
    this.#telemetry = telemetry;
    const onStart: OpeningContext["onStart"] = (over, path) => {
      this.#connections.set(over, path);
      void over.then(() => this.#connections.delete(over));
    };
    this.#context = { ...settings, ...parts, onStart };
  }

  /** Runs what `signal` or the end of the manager aborts. */
  attempt<Result>(
    signal: AbortSignal | undefined,
    run: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    return this.#attempts.run(signal, run);
  }

  /** As `openSession`; the connection is owned from now on. */
  open(opening: Opening): Promise<Session> {
    const fair =
      this.#turns === undefined ? opening.connection : new FairConnection(opening.connection, this.#turns);
    let session: Session | undefined;
    const connection = this.#telemetry.traced(fair, () => session?.id);
    if (connection === fair) return openSession(this.#context, { ...opening, connection });
    const onEvent: OpeningContext["onEvent"] = (event, remote, established) => {
      session = established;
      this.#context.onEvent(event, remote, established);
    };
    return openSession({ ...this.#context, onEvent }, { ...opening, connection });
  }

  /** Aborts what is being made; sessions go on. */
  abortAttempts(): void {
    this.#attempts.abortAll();
  }

  /**
   * Ends every handshake and every session, of which nothing is sealed any more; what is made later draws from `random`. The result tells those who
   * listen, and ends the paths.
   */
  silence(cause: SessionError, random: RandomSource): () => void {
    const paths = [...this.#connections.values()];
    for (const path of paths) path.silence(cause);
    this.#context = { ...this.#context, random };
    return () => {
      for (const path of paths) path.destroy();
    };
  }

  /** Resolves when every connection there is now has ended. */
  async over(): Promise<void> {
    await Promise.all(this.#connections.keys());
  }
}
