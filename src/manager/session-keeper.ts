import { asSessionError, SessionError } from "../errors/index.js";
import type { HeldRestoration } from "../persistence/index.js";
import { disposeRestoration, goesOnAfter, type LineageName, type SessionEnd } from "../session/index.js";
import { LeaseQueue } from "./lease-queue.js";
import type { Session } from "./session.js";
import type { SessionDriver } from "./session-driver.js";
import type { LineageHolder } from "./lineage-holder.js";
import type { SessionRestorations } from "./session-restorations.js";

/** Milliseconds after which a write that failed is tried again, where nobody asks for it sooner. */
const retryTime = 1_000;

/** Keeps what one session, or one that is being opened, can be restored from: under a hold that it takes, or was given. */
export class SessionKeeper implements LineageHolder {
  /** Who waits to send. */
  readonly leases = new LeaseQueue();
  /** The session, once it is established; undefined where it never was. */
  readonly opened: Promise<Session | undefined>;
  /** Whether this end has asked for the restore, and has no answer yet. */
  readonly asks: boolean;
  readonly #driver: SessionDriver;
  readonly #restorations: SessionRestorations;
  #settleOpened!: (session: Session | undefined) => void;
  #hold: HeldRestoration | undefined;
  #asked = false;
  #running = false;
  #over: Promise<void> | undefined;
  #cancelRetry: (() => void) | undefined;

  /** `hold`: of what is restored, which this end has asked for. */
  constructor(driver: SessionDriver, restorations: SessionRestorations, hold: HeldRestoration | undefined) {
    this.#driver = driver;
    this.#restorations = restorations;
    this.#hold = hold;
    this.asks = hold !== undefined;
    this.opened = new Promise(resolve => (this.#settleOpened = resolve));
  }

  get resumes(): LineageHolder["resumes"] {
    const { resumed, role } = this.#driver.machine;
    return resumed && { from: resumed.from, first: (role === "initiator") === (resumed.by === "local") };
  }

  /** What the session can be restored from is to be written. */
  persist(): void {
    this.#asked = true;
    if (!this.#running) void this.#run();
  }

  /** The peer has shown that it may carry on with the lineage; `waits`: if this end has asked for it itself, its own question comes first. */
  async hold(lineage: LineageName, waits: boolean, asked: bigint): Promise<void> {
    const { machine } = this.#driver;
    try {
      const taken = await this.#restorations.take(lineage, this, waits, asked);
      if (taken === undefined) return this.#driver.run(now => machine.held(undefined, now));
      const { hold, state } = taken;
      this.#hold = hold;
      try {
        this.#driver.run(now => machine.held(state && { state, fence: hold.fence }, now));
      } finally {
        disposeRestoration(state);
      }
    } catch (error) {
      this.#restorations.onError(error);
      this.#driver.run(now => machine.held(undefined, now));
    }
  }

  /** The session is established. */
  established(session: Session): void {
    this.#settleOpened(session);
  }

  /** The session, or what might have become one, has ended. What is kept of it is put right, in order with what others write of its lineage: `after` that. */
  ended(end: SessionEnd, after: () => Promise<void>): void {
    const error = "error" in end ? end.error : closed();
    this.leases.end(error);
    this.#cancelRetry?.();
    this.#over ??= this.#end(end, after);
  }

  /** The connection is over. */
  finished(): void {
    this.#settleOpened(undefined);
    this.#over ??= Promise.resolve();
    void this.#over.then(() => this.#restorations.release(this));
  }

  /** Ends the session as cut, for another one of its lineage; resolves when nothing of it is written any more. */
  async giveUp(): Promise<void> {
    this.#driver.destroy();
    await this.#over;
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    this.#running = true;
    this.#cancelRetry?.();
    while (this.#asked && this.#over === undefined) {
      this.#asked = false;
      try {
        await this.#write();
      } catch (thrown) {
        this.#failed(asSessionError(thrown));
      }
    }
    this.#running = false;
  }

  async #write(): Promise<void> {
    const { machine } = this.#driver;
    const hold = await this.#held();
    if (hold === undefined) return this.#driver.destroy();
    const state = this.#driver.run(now => machine.restorationState(now));
    if (state === undefined) return;
    await hold.save(state);
    this.#driver.run(() => machine.persisted());
    this.leases.goOn();
  }

  async #held(): Promise<HeldRestoration | undefined> {
    const { machine } = this.#driver;
    if (this.#hold?.isOf(machine.lineageId) === true) return this.#hold;
    // A full handshake has taken the place of the restore: the hold was of another lineage.
    this.#restorations.release(this);
    const lineage = { peer: machine.peer!, lineage: machine.lineageId! };
    const taken = await this.#restorations.take(lineage, this, false);
    disposeRestoration(taken?.state);
    return (this.#hold = taken?.hold);
  }

  #failed(error: SessionError): void {
    this.#driver.run(now => this.#driver.machine.notPersisted(error, now));
    this.leases.fail(error);
    if (this.#over !== undefined) return;
    this.#restorations.onError(error);
    this.#cancelRetry = this.#driver.schedule(retryTime, () => this.persist());
  }

  /** Never rejects. */
  async #end(end: SessionEnd, after: () => Promise<void>): Promise<void> {
    const hold = this.#hold;
    const { machine } = this.#driver;
    if (hold === undefined || !hold.isOf(machine.lineageId) || end.kind === "fenced") return;
    const [progress, sessions] = [
      machine.lineageProgress(this.#driver.now()),
      machine.restorableProgress(this.#driver.now()),
    ];
    try {
      await after();
      if (!goesOnAfter(end)) await hold.forget();
      else if (progress !== undefined) await hold.settle(progress, sessions);
    } catch (error) {
      this.#restorations.onError(error);
    }
  }
}

function closed(): SessionError {
  return new SessionError("session-closed", "The session was closed while this waited to be sent.");
}
