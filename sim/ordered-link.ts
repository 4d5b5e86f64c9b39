import type { SessionError } from "../src/errors/index.js";
import { orderedFaults } from "./faults.js";
import { LinkEnd, type Frame } from "./link.js";
import { tamperedCopy } from "./tampering.js";
import type { Task } from "./timeline.js";

/** What comes to one end, in this order. */
type Arrival =
  | { readonly kind: "frame"; readonly at: number; readonly frame: Frame; readonly mustRefuse: boolean }
  | { readonly kind: "end"; readonly at: number; readonly error: SessionError | undefined };

/** One end of a byte stream with frames in it: all in order, until it ends. Somebody on the way may break that. */
export class OrderedLinkEnd extends LinkEnd {
  readonly delivery = "ordered";
  readonly #inbound: Arrival[] = [];
  #lastArrival = 0;
  #task: Task | undefined;
  /** Somebody has changed what this end wrote: nothing that follows may open at the far end. */
  #spoilt = false;
  #endSent = false;

  close(): void {
    if (this.closed || this.over || !this.process.mayAct()) return;
    this.closed = true;
    this.#sendEnd(undefined, 0);
  }

  destroy(): void {
    if (this.over || !this.process.mayAct()) return;
    this.closed = true;
    this.over = true;
    this.process.links.delete(this);
    this.#inbound.length = 0;
    this.#sendEnd(this.lost(), 0);
    const { events } = this;
    if (events !== undefined) this.process.later(() => events.end());
  }

  abandoned(): void {
    this.over = true;
    this.context.timeline.cancel(this.#task);
    this.#sendEnd(this.lost(), this.context.random.between(0, 2_000));
  }

  /** The path breaks: each end hears of it at its own time, and what was on the way is lost. */
  cut(): void {
    for (const end of [this, this.far as OrderedLinkEnd]) {
      end.#inbound.length = 0;
      end.inboundBytes = 0;
      end.#put({
        kind: "end",
        at: this.context.timeline.now + this.context.random.between(0, 20_000),
        error: this.lost(),
      });
      end.#endSent = true;
    }
  }

  flow(): void {
    const head = this.#inbound[0];
    if (head === undefined || this.#task?.run !== undefined) return;
    if (!this.ready && !(head.kind === "end" && this.events !== undefined && this.process.running)) return;
    if (!this.context.connected(this.process.host, this.far.process.host)) return;
    this.#task = this.context.timeline.at(head.at, () => this.#arrive());
  }

  protected carry(frame: Frame): void {
    const { random, faults, stormy } = this.context;
    const far = this.far as OrderedLinkEnd;
    let delay = this.latency * (1 + random.fraction() * 0.2);
    if (stormy() && !this.#spoilt && !this.#endSent) {
      const fault = orderedFaults.find(([, probability]) => random.chance(probability))?.[0];
      if (fault !== undefined) faults.add(fault);
      switch (fault) {
        case "stall":
          delay += random.exponential(4_000);
          break;
        case "cut":
          return this.cut();
        case "silent end":
          far.#put({ kind: "frame", at: this.#arrival(far, delay), frame, mustRefuse: false });
          return this.#sendEnd(undefined, delay);
        case "corrupt":
          this.#spoilt = true;
          far.#put({
            kind: "frame",
            at: this.#arrival(far, delay),
            frame: tamperedCopy(frame, random),
            mustRefuse: true,
          });
          return;
        case "delete":
          this.#spoilt = true;
          return;
        case "swap":
          return this.#swap(far, frame, delay);
        case "repeat":
          far.#put({ kind: "frame", at: this.#arrival(far, delay), frame, mustRefuse: false });
          this.#spoilt = true;
          break;
        default:
      }
    }
    far.#put({ kind: "frame", at: this.#arrival(far, delay), frame, mustRefuse: this.#spoilt });
  }

  /** Puts `frame` before the last one that has not arrived. */
  #swap(far: OrderedLinkEnd, frame: Frame, delay: number): void {
    const last = far.#inbound.at(-1);
    if (last?.kind !== "frame") {
      far.#put({ kind: "frame", at: this.#arrival(far, delay), frame, mustRefuse: false });
      return;
    }
    this.#spoilt = true;
    far.#inbound.pop();
    far.inboundBytes -= last.frame.bytes.length;
    far.#put({ kind: "frame", at: last.at, frame, mustRefuse: true });
    far.#put({ kind: "frame", at: last.at, frame: last.frame, mustRefuse: true });
  }

  #sendEnd(error: SessionError | undefined, delay: number): void {
    if (this.#endSent) return;
    this.#endSent = true;
    const far = this.far as OrderedLinkEnd;
    if (error !== undefined && this.context.random.chance(0.5)) {
      // A reset overtakes what the far end has not read yet.
      far.inboundBytes = 0;
      far.#inbound.length = 0;
    }
    far.#put({ kind: "end", at: this.#arrival(far, this.latency + delay), error });
  }

  #arrival(far: OrderedLinkEnd, delay: number): number {
    far.#lastArrival = Math.max(far.#lastArrival, this.context.timeline.now + delay);
    return far.#lastArrival;
  }

  #put(arrival: Arrival): void {
    if (this.over) return;
    this.#inbound.push(arrival);
    if (arrival.kind === "frame") this.inboundBytes += arrival.frame.bytes.length;
    this.flow();
  }

  #arrive(): void {
    this.#task = undefined;
    const head = this.#inbound[0];
    const connected = this.context.connected(this.process.host, this.far.process.host);
    if (head === undefined || !connected || this.over || !this.process.running) return;
    if (head.at > this.context.timeline.now) return this.flow();
    if (head.kind === "frame" && !this.ready) return;
    this.#inbound.shift();
    if (head.kind === "frame") {
      this.deliver(head.frame, head.mustRefuse);
      return this.flow();
    }
    const { error } = head;
    if (error === undefined) this.close();
    else this.closed = true;
    this.#endSent = true;
    this.finish(error);
  }
}
