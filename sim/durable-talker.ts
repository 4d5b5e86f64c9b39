import { SessionError, type ErrorCode } from "../src/errors/index.js";
import type { DurableChannel, DurableMessage } from "../src/manager/index.js";
import type { SeededRandom } from "../src/testing/seeded-random.js";
import type { DurableWay } from "./durable-way.js";
import type { FaultCount } from "./faults.js";
import { describeError, type SimProcess } from "./sim-process.js";
import type { Findings } from "./violation.js";

/** What every talker over a durable channel needs. */
export interface DurableContext {
  readonly random: SeededRandom;
  readonly findings: Findings;
  readonly faults: FaultCount;
  /** Milliseconds between two turns of one end. */
  readonly interval: number;
  readonly stormy: () => boolean;
  readonly settledFor: () => number;
  readonly talking: () => boolean;
}

/** What a store can do to a channel. */
const storeTroubles: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "store-failed",
  "store-timeout",
  "store-conflict",
  "store-fenced",
]);

/** The application of one process at one end of one durable channel: keeps it open, sends, and acts on what comes. */
export class DurableTalker {
  readonly #context: DurableContext;
  readonly #process: SimProcess;
  readonly #peer: string;
  readonly #out: DurableWay;
  readonly #in: DurableWay;
  #channel: DurableChannel | undefined;

  /** `peer`: its id. */
  constructor(
    context: DurableContext,
    process: SimProcess,
    peer: string,
    ways: { readonly out: DurableWay; readonly in: DurableWay },
  ) {
    this.#context = context;
    this.#process = process;
    this.#peer = peer;
    this.#out = ways.out;
    this.#in = ways.in;
  }

  start(): void {
    void this.#keepOpen();
    this.#schedule();
  }

  async #keepOpen(): Promise<void> {
    const { random, talking } = this.#context;
    const process = this.#process;
    await process.sleep(random.between(1, 2_000));
    while (process.alive && talking()) {
      try {
        this.#channel = await process.manager.durable(this.#peer);
        await this.#read(this.#channel);
      } catch (error) {
        this.#expectTrouble(error, "the channel");
      }
      this.#channel = undefined;
      await process.sleep(200 + random.exponential(1_500));
    }
  }

  async #read(channel: DurableChannel): Promise<void> {
    const { random, faults, stormy, findings } = this.#context;
    const process = this.#process;
    for (let last = -1; ;) {
      const message = await channel.receive();
      if (message === undefined || !process.alive) return;
      const number = this.#in.arrived(message.id, message.bytes);
      findings.require(
        number > last,
        () => `durable messages ${this.#in.name}: ${number} was delivered after ${last}`,
      );
      last = number;
      if (stormy() && random.chance(0.02)) {
        faults.add("reader slow");
        await process.sleep(random.exponential(15_000));
      }
      await this.#acknowledge(message);
    }
  }

  /** What is refused did not take place, and is asked for again while the channel is open: one that has ended says why each time. */
  async #acknowledge(message: DurableMessage): Promise<void> {
    for (let before: unknown; ;) {
      try {
        await message.ack({ alongside: () => this.#in.applied(message.id, message.bytes) });
        return;
      } catch (error) {
        if (error === before) return;
        before = error;
        this.#expectTrouble(error, "ack");
        await this.#process.sleep(this.#context.random.exponential(300));
      }
    }
  }

  #schedule(): void {
    const { random, interval, talking } = this.#context;
    this.#process.after(random.exponential(interval), () => {
      const channel = this.#channel;
      if (channel !== undefined && talking())
        for (let left = random.chance(0.15) ? random.between(2, 8) : 1; left > 0; left--)
          void this.#send(channel);
      this.#schedule();
    });
  }

  async #send(channel: DurableChannel): Promise<void> {
    const { number, bytes } = this.#out.ask();
    try {
      const { id } = await channel.send(bytes);
      if (this.#process.alive) this.#out.stored(number, id);
    } catch (error) {
      this.#expectTrouble(error, "send");
      if (await this.#isOpen(channel)) this.#out.refused(number);
    }
  }

  /** Whether the channel is surely open: where nothing waits, it does not say. */
  async #isOpen(channel: DurableChannel): Promise<boolean> {
    if (channel.waiting === 0) return false;
    const over = channel.settled().then(
      () => true,
      () => true,
    );
    return !(await Promise.race([over, this.#process.sleep(5).then(() => false)]));
  }

  #expectTrouble(error: unknown, where: string): void {
    if (!this.#process.alive) return;
    const { findings, settledFor, talking } = this.#context;
    findings.note(`durable messages ${this.#out.name}: ${where} got ${String(error)}`);
    const code = SessionError.is(error) ? error.code : undefined;
    const closing = code === "session-closed" && !talking();
    findings.require(
      closing || (code !== undefined && storeTroubles.has(code) && settledFor() === 0),
      () => `durable messages ${this.#out.name}: ${where} got ${describeError(error)}`,
    );
  }
}
