import { datagramFaults } from "./faults.js";
import { LinkEnd, type Frame } from "./link.js";
import { tamperedCopy } from "./tampering.js";

/** Frames that are remembered, to be sent again or elsewhere. */
const memory = 32;
/** What a receiver that is paused holds: more is lost. */
const socketBuffer = 64;

/** One end of a path of datagrams: they may be lost, repeated, late, changed, or come from elsewhere. */
export class DatagramLinkEnd extends LinkEnd {
  readonly delivery = "datagram";
  readonly #written: Frame[] = [];
  readonly #held: { readonly frame: Frame; readonly mustRefuse: boolean }[] = [];

  /** Nothing announces the end of a path of datagrams. */
  close(): void {
    this.closed = true;
  }

  destroy(): void {
    if (this.over || !this.process.mayAct()) return;
    this.closed = true;
    this.over = true;
    this.process.links.delete(this);
    const { events } = this;
    if (events !== undefined) this.process.later(() => events.end());
  }

  abandoned(): void {
    this.over = true;
  }

  flow(): void {
    while (this.ready && this.#held.length > 0) {
      const { frame, mustRefuse } = this.#held.shift()!;
      this.deliver(frame, mustRefuse || frame.accepted);
    }
  }

  protected carry(frame: Frame): void {
    const { random, faults, stormy } = this.context;
    const far = this.far as DatagramLinkEnd;
    this.#remember(frame);
    const fault = stormy()
      ? datagramFaults.find(([, probability]) => random.chance(probability))?.[0]
      : undefined;
    if (fault !== undefined) faults.add(fault);
    switch (fault) {
      case "drop":
        return;
      case "repeat":
        this.#send(far, frame, random.fraction() * 300, false);
        break;
      case "delay":
        return this.#send(far, frame, random.exponential(random.chance(0.2) ? 6_000 : 400), false);
      case "corrupt":
        return this.#send(far, tamperedCopy(frame, random), 0, true);
      case "replay":
        this.#send(far, random.pick(this.#written), random.exponential(2_000), false);
        break;
      case "reflect":
        this.#send(this, { ...frame, genuine: false, accepted: false }, this.latency, true);
        break;
      case "splice": {
        const other = this.process.anyOtherDatagram(random, this);
        if (other !== undefined) this.#send(far, { ...other, genuine: false, accepted: false }, 0, true);
        break;
      }
      default:
    }
    this.#send(far, frame, 0, false);
  }

  /** One of the last frames written here. */
  anyWritten(): Frame | undefined {
    return this.#written.length === 0 ? undefined : this.context.random.pick(this.#written);
  }

  #remember(frame: Frame): void {
    this.#written.push(frame);
    if (this.#written.length > memory) this.#written.shift();
  }

  #send(to: DatagramLinkEnd, frame: Frame, extra: number, mustRefuse: boolean): void {
    const { timeline, connected } = this.context;
    if (!connected(this.process.host, this.far.process.host)) return;
    to.inboundBytes += frame.bytes.length;
    // In good weather the delay is the same for all, so that none overtakes another.
    timeline.after(this.latency + extra, () => to.#arrive(frame, mustRefuse));
  }

  #arrive(frame: Frame, mustRefuse: boolean): void {
    if (this.over || !this.process.running || this.events === undefined)
      return this.relieve(frame.bytes.length);
    if (!this.paused) return this.deliver(frame, mustRefuse || frame.accepted);
    if (this.#held.length >= socketBuffer) return this.relieve(frame.bytes.length);
    this.#held.push({ frame, mustRefuse });
  }
}
