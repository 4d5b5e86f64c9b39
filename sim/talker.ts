import { SessionError } from "../src/errors/index.js";
import type { Session } from "../src/manager/index.js";
import type { Instant } from "../src/ports/index.js";
import type { FaultCount } from "./faults.js";
import type { LinkEnd } from "./link.js";
import type { Oracle } from "./oracle.js";
import type { SeededRandom } from "../src/testing/seeded-random.js";
import type { SessionWatch } from "./session-watch.js";
import { describeError } from "./sim-process.js";
import type { Findings } from "./violation.js";

/** What every talker needs. */
export interface TalkContext {
  readonly random: SeededRandom;
  readonly findings: Findings;
  readonly faults: FaultCount;
  readonly oracle: Oracle;
  readonly sendInterval: number;
  readonly stormy: () => boolean;
  /** How long, in milliseconds, the weather has been good and everybody has had time to settle; 0 where not. */
  readonly settledFor: () => number;
  /** Whether applications still talk. */
  readonly talking: () => boolean;
}

/** How long, in milliseconds, an application bears silence before it gives the session up. */
export const patience = 75_000;

/** The application at one end of one session: talks all the time, remembers what it sent, checks what it gets. */
export class Talker {
  readonly #context: TalkContext;
  readonly #end: LinkEnd;
  readonly #session: Session;
  readonly #watch: SessionWatch;
  #heardAt: number;
  #sending = false;
  #sendingSince = 0;

  constructor(context: TalkContext, end: LinkEnd, session: Session, watch: SessionWatch) {
    this.#context = context;
    this.#end = end;
    this.#session = session;
    this.#watch = watch;
    this.#heardAt = end.process.clock.read().monotonic;
    end.process.talkers.set(end.remote, this);
    const { findings } = context;
    findings.require(
      end.far.session === undefined || end.far.session.suite === session.suite,
      () => `${end.remote}: the ends have different suites`,
    );
  }

  start(): void {
    void this.#read();
    this.#schedule();
  }

  /** Opens a bare record that came on a way of its own. */
  openBare(record: Uint8Array, mustOpen: boolean): void {
    const { findings } = this.#context;
    this.#watch.opensBare = true;
    try {
      const message = this.#session.decrypt(record);
      this.#watch.bare++;
      this.#watch.model?.active(this.#end.process.clock.read());
      this.#end.ledger.received(this.#end.side, message);
    } catch (error) {
      this.#expectSessionError(error, "decrypt");
      findings.require(
        !mustOpen || this.#session.state.name === "ended",
        () => `${this.#end.remote}: a bare record did not open: ${describeError(error)}`,
      );
    } finally {
      this.#watch.opensBare = false;
    }
  }

  async #read(): Promise<void> {
    const { random, faults, stormy } = this.#context;
    const { process, ledger, side } = this.#end;
    try {
      for (;;) {
        const message = await this.#session.receive();
        if (message === undefined) return;
        if (!process.alive) return;
        ledger.received(side, message.bytes);
        const now = process.clock.read();
        this.#heardAt = now.monotonic;
        this.#watch.model?.received(message.bytes.length, now);
        if (stormy() && random.chance(0.003)) {
          faults.add("reader slow");
          process.slow.add(this.#end);
          await process.sleep(random.exponential(15_000));
          process.slow.delete(this.#end);
        }
      }
    } catch (error) {
      this.#expectSessionError(error, "receive");
    } finally {
      process.slow.delete(this.#end);
      process.talkers.delete(this.#end.remote);
    }
  }

  #schedule(): void {
    const { random, sendInterval } = this.#context;
    this.#end.process.after(Math.min(random.exponential(sendInterval), 40_000), () => this.#turn());
  }

  #turn(): void {
    const { random, faults, talking } = this.#context;
    const { process } = this.#end;
    if (this.#session.state.name === "ended") return;
    if (process.clock.read().monotonic - this.#heardAt > patience) return this.#close();
    if (!talking()) return this.#schedule();
    if (!this.#sending) this.#say();
    else this.#checkWait();
    if (random.chance(0.02)) this.#try(() => this.#session.rotateKeys());
    if (random.chance(0.004)) this.#try(() => this.#session.advanceEpoch());
    if (random.chance(0.002)) this.#try(() => this.#session.renew());
    if (random.chance(0.004)) this.#bothAtOnce(session => session.advanceEpoch());
    if (random.chance(0.002)) this.#bothAtOnce(session => session.renew());
    if (random.chance(0.0015)) {
      faults.add("closed at will");
      return this.#close();
    }
    this.#schedule();
  }

  /** In good weather nobody waits long for a path that takes more. */
  #checkWait(): void {
    const { context, process } = this.#end;
    const waited = Math.min(this.#context.settledFor(), context.timeline.now - this.#sendingSince);
    const slow = process.slow.has(this.#end) || this.#end.far.process.slow.has(this.#end.far);
    this.#require(
      slow || waited <= 45_000,
      () => `a send has waited for ${Math.round(waited / 1000)} s of good weather`,
    );
  }

  /** Asks whether a send would succeed, then sends at the same moment: the answer must have been right. */
  #say(): void {
    const { random } = this.#context;
    const { ledger, side, process } = this.#end;
    const { clock } = process;
    this.#approachEdge();
    const now = clock.now();
    const status = clock.steady(() => this.#at(now, () => this.#session.checkHealth()));
    const left = "remaining" in status ? status.remaining.sentMessages : 0;
    // One more than may be sent, where that is not too much for one frame.
    const tooMany = left > 0 && left <= 40 && random.chance(0.3);
    const count = tooMany ? left + 1 : random.chance(0.1) ? random.between(2, 8) : 1;
    const messages = Array.from({ length: count }, (_, ahead) => ledger.compose(side, ahead));
    const bytes = messages.reduce((sum, message) => sum + message.length, 0);
    const bare = count === 1 && this.#end.delivery === "datagram" && random.chance(0.05);
    const willSucceed =
      (status.status === "healthy" || status.status === "near-expiry") &&
      status.remaining.sentMessages >= count &&
      status.remaining.sentBytes >= bytes;
    const before = this.#session.metrics().sent.messages;
    this.#context.oracle.linkOfSeal = ledger.link;
    if (bare) this.#sayBare(messages[0]!, now);
    else this.#send(messages, now);
    const accepted = Number(this.#session.metrics().sent.messages - before);
    this.#require(
      accepted === 0 || accepted === count,
      () => `${accepted} of ${count} messages were counted`,
    );
    this.#require(
      (accepted === count) === willSucceed,
      () =>
        `checkHealth said ${JSON.stringify(status)}, and ${count} messages of ${bytes} bytes were ` +
        (accepted > 0 ? "taken" : "refused"),
    );
    if (status.status === "healthy" || status.status === "near-expiry") {
      const { remaining } = status;
      this.#require(
        Object.values(remaining).every(left => left > 0),
        () => `checkHealth said ${JSON.stringify(status)}`,
      );
    }
    if (accepted > 0) this.#accepted(count, bytes, now);
    else if (this.#session.state.name !== "ended" && !tooMany) this.#close();
  }

  /** In bad weather, now and then: time passes up to the very edge of a limit. */
  #approachEdge(): void {
    const { random, stormy } = this.#context;
    if (!stormy() || !random.chance(0.05)) return;
    const { clock } = this.#end.process;
    const status = clock.steady(() => this.#session.checkHealth());
    if (!("remaining" in status)) return;
    const { age, idle, lineageAge } = status.remaining;
    const left = Math.min(age, idle, lineageAge);
    if (left < 60_000) clock.preempt(Math.ceil(left));
  }

  #accepted(count: number, bytes: number, now: Instant): void {
    const { lastActivity } = this.#session.metrics();
    this.#require(lastActivity === now.wall, () => `a send at ${now.wall} was dated ${lastActivity}`);
    const model = this.#watch.model!;
    if (this.#end.changedSession()) model.renewed();
    const forbidden = model.forbids(now);
    model.sent(count, bytes, now);
    const wrong = forbidden ?? model.passed();
    this.#require(wrong === undefined, () => `a send was taken beyond the limit of ${wrong}`);
  }

  #send(messages: readonly Uint8Array[], now: Instant): void {
    const { ledger, side } = this.#end;
    // Counted first: what is written may arrive before the call is over.
    ledger.sent(side, messages.length);
    const before = this.#session.metrics().sent.messages;
    const sent = this.#at(now, () =>
      messages.length === 1 ? this.#session.send(messages[0]!) : this.#session.sendBatch(messages),
    );
    if (this.#session.metrics().sent.messages === before) ledger.sent(side, -messages.length);
    this.#sending = true;
    this.#sendingSince = this.#end.context.timeline.now;
    sent.then(
      () => (this.#sending = false),
      (error: unknown) => {
        this.#sending = false;
        this.#expectSessionError(error, "send");
      },
    );
  }

  #sayBare(message: Uint8Array, now: Instant): void {
    const { random, stormy } = this.#context;
    const { ledger, side, far, latency, context } = this.#end;
    try {
      const record = this.#at(now, () => this.#session.encrypt(message));
      ledger.sent(side, 1);
      const deliver = (mustOpen: boolean): void => {
        const talker = far.process.talkers.get(far.remote);
        if (talker !== undefined) far.process.enter(() => talker.openBare(record, mustOpen));
      };
      const storm = stormy();
      if (storm && random.chance(0.1)) return;
      context.timeline.after(latency, () => deliver(!storm && !stormy()));
      if (storm && random.chance(0.1)) context.timeline.after(latency + 200, () => deliver(false));
    } catch (error) {
      this.#expectSessionError(error, "encrypt");
    }
  }

  /** Both ends do the same, before either hears of it. */
  #bothAtOnce(step: (session: Session) => void): void {
    const { far } = this.#end;
    const other = far.process.talkers.get(far.remote);
    this.#try(() => step(this.#session));
    if (other !== undefined) far.process.enter(() => other.#try(() => step(other.#session)));
  }

  #close(): void {
    this.#session
      .close(this.#context.random.chance(0.5) ? "normal" : "going-away")
      .catch((error: unknown) => {
        this.#expectSessionError(error, "close");
      });
  }

  /** Runs `step`, which finds the time `now` on its clock, and later times when it looks again. */
  #at<Result>(now: Instant, step: () => Result): Result {
    const { clock } = this.#end.process;
    clock.repeatOnce(now);
    try {
      return step();
    } finally {
      clock.repeatOnce(undefined);
    }
  }

  #try(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#expectSessionError(error, "keys");
    }
  }

  #expectSessionError(error: unknown, where: string): void {
    if (!this.#end.process.alive) return;
    this.#require(
      SessionError.is(error) && error.code !== "internal",
      () => `${where} threw ${describeError(error)}`,
    );
  }

  #require(holds: boolean, message: () => string): void {
    this.#context.findings.require(holds, () => `${this.#end.remote}/${this.#end.side}: ${message()}`);
  }
}
