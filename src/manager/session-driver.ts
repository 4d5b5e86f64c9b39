import { maxHandshakeFrameLength } from "../attach/index.js";
import type { SessionError } from "../errors/index.js";
import type { Clock, Connection, Instant } from "../ports/index.js";
import { maxSealedFrameLength } from "../record/index.js";
import type { SessionEvent, SessionMachine, SessionOutput } from "../session/index.js";
import type { Wakeups } from "./wakeups.js";

/** How long, in milliseconds, a path may take to end after the session has; as long again after this end has closed it. */
const lingerTime = 5_000;

/** What a driver tells the session that it drives. */
export interface DriverEvents {
  /** The peer asks to resume what was kept under this name (16 bytes). */
  resumption(name: Uint8Array): void;
  /** The peer asks to carry on with what was kept under this name (16 bytes). */
  restoration(name: Uint8Array): void;
  /** The peer may carry on with this lineage: it is to be taken from whoever has it. */
  hold(asked: Extract<SessionOutput, { readonly kind: "hold" }>): void;
  /** What the session can be restored from is to be written. */
  persist(): void;
  authorize(peer: Uint8Array): void;
  message(plaintext: Uint8Array): void;
  /** A frame of the stream multiplexer. */
  stream(plaintext: Uint8Array): void;
  /** A frame of a durable channel. */
  durable(plaintext: Uint8Array): void;
  /** The peer has answered the `ping` of this token. */
  pong(token: number): void;
  event(event: SessionEvent): void;
  /** The connection takes frames again. */
  drain(): void;
  /** All that was to be done is done: there may be room for more. */
  idle(): void;
  /** Nothing comes any more: the session and its connection are over. */
  finished(): void;
}

/** Carries frames between one machine and its connection, and wakes the machine. */
export class SessionDriver {
  readonly machine: SessionMachine;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #wakeups: Wakeups;
  readonly #events: DriverEvents;
  #cancelWakeup: (() => void) | undefined;
  #wakeupAt: number | undefined;
  #cancelLinger: (() => void) | undefined;
  #pumping = false;
  #established = false;
  #closing = false;
  #finished = false;
  #blocked = false;
  #paused = false;
  /** What has come waits for the store: no more is read. */
  #holdsBack = false;

  constructor(
    machine: SessionMachine,
    connection: Connection,
    clock: Clock,
    wakeups: Wakeups,
    events: DriverEvents,
  ) {
    this.machine = machine;
    this.#connection = connection;
    this.#clock = clock;
    this.#wakeups = wakeups;
    this.#events = events;
  }

  get remote(): string {
    return this.#connection.remote;
  }

  get delivery(): Connection["delivery"] {
    return this.#connection.delivery;
  }

  /** Whether the connection, or a renewal under way, asks senders to wait. */
  get blocked(): boolean {
    return !this.#finished && (this.#blocked || this.machine.awaitsRenewal);
  }

  /** Whether outputs are being carried out: what is sealed now goes out behind them. */
  get busy(): boolean {
    return this.#pumping;
  }

  now(): Instant {
    return this.#clock.now();
  }

  /** Calls `then` once, in `delay` milliseconds or a little later. The result cancels it. */
  schedule(delay: number, then: () => void): () => void {
    return this.#wakeups.schedule(this.#clock.now().monotonic + delay, then);
  }

  start(): void {
    this.#connection.setMaxFrameLength(maxHandshakeFrameLength);
    this.#connection.start({
      frame: frame => this.run(now => this.machine.receive(frame, now)),
      drain: () => {
        this.#blocked = false;
        this.run(now => this.machine.pathBlocked(false, now));
        this.#events.drain();
      },
      end: error => this.#ended(error),
    });
    this.#pump(this.#clock.now());
  }

  /** Does `step` with the present time, then what comes of it. */
  run<Result>(step: (now: Instant) => Result): Result {
    const now = this.#clock.now();
    try {
      return step(now);
    } finally {
      this.#pump(now);
    }
  }

  pause(): void {
    this.#paused = true;
    this.#connection.pause();
  }

  resume(): void {
    this.#paused = false;
    if (!this.#holdsBack) this.#connection.resume();
  }

  /** Whether the session may send a frame of so many bytes, by what is leased: else it is told when it may. */
  carries(bytes: number): boolean {
    return this.machine.carries(bytes);
  }

  /** The session ends here, and its keys are erased: nothing is sealed any more. The path, and who listens, hear of it at `destroy`. */
  silence(cause: SessionError): void {
    this.machine.connectionEnded(this.#clock.now(), cause);
  }

  /** Ends the path at once. */
  destroy(): void {
    this.#connection.destroy();
    this.#ended(undefined);
  }

  #pump(now: Instant): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (
        let outputs = this.machine.takeOutputs();
        outputs.length > 0;
        outputs = this.machine.takeOutputs()
      ) {
        for (const output of outputs) {
          switch (output.kind) {
            case "frame":
              if (!this.#finished && !this.#connection.write(output.frame)) this.#block(now);
              break;
            case "message":
              this.#events.message(output.plaintext);
              break;
            case "stream":
              this.#events.stream(output.plaintext);
              break;
            case "durable":
              this.#events.durable(output.plaintext);
              break;
            case "pong":
              this.#events.pong(output.token);
              break;
            case "resumption":
              this.#events.resumption(output.name);
              break;
            case "restoration":
              this.#events.restoration(output.name);
              break;
            case "hold":
              this.#events.hold(output);
              break;
            case "persist":
              this.#events.persist();
              break;
            case "authorize":
              this.#events.authorize(output.peer);
              break;
            case "event":
              this.#event(output.event);
              break;
            case "disconnect":
              this.#close();
          }
        }
      }
    } finally {
      this.#pumping = false;
    }
    this.#holdBack();
    this.#rearm(now);
    this.#events.idle();
  }

  #holdBack(): void {
    const { holdsBack } = this.machine;
    if (holdsBack === this.#holdsBack) return;
    this.#holdsBack = holdsBack;
    if (holdsBack) this.#connection.pause();
    else if (!this.#paused) this.#connection.resume();
  }

  #block(now: Instant): void {
    this.#blocked = true;
    this.machine.pathBlocked(true, now);
  }

  #event(event: SessionEvent): void {
    if (event.type === "established") {
      this.#established = true;
      this.#connection.setMaxFrameLength(maxSealedFrameLength);
    }
    if (event.type === "ended") this.#linger();
    this.#events.event(event);
  }

  #close(): void {
    if (this.#closing || this.#finished) return;
    this.#closing = true;
    // After a handshake that failed nothing is worth waiting for, and a peer that stays must not hold a connection (ATTACKS X39).
    if (!this.#established) return this.destroy();
    this.#connection.resume();
    this.#connection.close();
    this.#linger();
  }

  /** Waits for the far end, which may still be reading or writing, but not for ever. */
  #linger(): void {
    if (this.#finished || this.#cancelLinger !== undefined) return;
    this.#connection.resume();
    const wait = (then: () => void): (() => void) =>
      this.#wakeups.schedule(this.#clock.now().monotonic + lingerTime, then);
    this.#cancelLinger = wait(() => {
      this.#connection.close();
      this.#cancelLinger = wait(() => this.destroy());
    });
  }

  #ended(error: SessionError | undefined): void {
    if (this.#finished) return;
    this.#finished = true;
    this.run(now => this.machine.connectionEnded(now, error));
    this.#cancelLinger?.();
    this.#cancelWakeup?.();
    this.#connection.destroy();
    this.machine.dispose();
    this.#events.finished();
  }

  /** An alarm that has become too early is left alone: it is cheaper to wake once in vain than to move it with each message. */
  #rearm(now: Instant): void {
    const at = this.#finished ? undefined : this.machine.nextWakeup(now);
    if (at === undefined || (this.#wakeupAt !== undefined && this.#wakeupAt <= at)) return;
    this.#cancelWakeup?.();
    this.#wakeupAt = at;
    this.#cancelWakeup = this.#wakeups.schedule(at, () => {
      this.#wakeupAt = undefined;
      this.run(now => this.machine.wake(now));
    });
  }
}
