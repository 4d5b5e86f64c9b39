import { SessionError } from "../errors/index.js";
import { ConnectionOwner } from "./connection-owner.js";
import type { Connection, ConnectionEvents } from "../ports/index.js";
import { checkedMaxFrameLength, defaultMaxFrameLength } from "./framing.js";
import { connectionLost } from "./lost.js";
import type { MessagePath } from "./message-path.js";

/** Costs that may be on their way, not yet said to be taken, from which `write` returns false; `drain` comes at half of it. */
const window = 1_048_576;

/** What a frame costs beside its bytes: small frames take memory too. */
const frameCost = 64;

/** Taken frames are told when they cost that much. */
const tellTaken = window / 4;

/** Costs of frames that are kept for an owner who does not read. A far end that keeps to the window stays far below. */
const mostHeld = 8 * window;

const takenForm = /^taken ([1-9][0-9]{0,9})$/;

/**
 * Frames over a path of messages. The platform's paths cannot be paused (or not everywhere), so the ends tell each other how much
 * they have taken, in messages of text.
 *
 * @see PROTOCOL, section 12.2
 */
export class MessageConnection implements Connection {
  readonly delivery = "ordered";
  readonly remote: string;
  readonly #path: MessagePath;
  readonly #owner = new ConnectionOwner();
  #held: Uint8Array[] = [];
  #heldCost = 0;
  #maxFrameLength = defaultMaxFrameLength;
  #paused = false;
  #pathPaused = false;
  #delivering = false;
  /** Cost of what was written and not yet taken. */
  #onTheWay = 0;
  /** Cost of what was taken and not yet told. */
  #taken = 0;
  #blocked = false;
  #closed = false;
  #farClosed = false;

  constructor(path: MessagePath) {
    this.#path = path;
    this.remote = path.remote;
    path.open({
      frame: frame => this.#arrived(frame),
      text: text => this.#heard(text),
      over: error => this.#pathIsOver(error),
    });
  }

  start(events: ConnectionEvents): void {
    this.#owner.take(events);
    this.#soon();
  }

  write(frame: Uint8Array): boolean {
    if (frame.length === 0) throw new SessionError("invalid-argument", "A frame has at least 1 byte.");
    if (this.#closed || this.#owner.over) return false;
    this.#onTheWay += frame.length + frameCost;
    if (this.#onTheWay >= window) this.#blocked = true;
    this.#path.send(frame);
    return !this.#blocked;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    // Not at once: the owner may be in a call.
    this.#soon();
  }

  setMaxFrameLength(length: number): void {
    this.#maxFrameLength = checkedMaxFrameLength(length);
    this.#path.limit?.(length);
  }

  close(): void {
    if (this.#closed || this.#owner.over) return;
    this.#sayEnd();
    if (this.#owner.events !== undefined) return;
    // Nobody reads here, so nobody would notice the far end's answer.
    this.#owner.conclude(undefined);
    this.#path.close();
  }

  destroy(): void {
    // Both ends have closed in good order: a cut now would tell the far end otherwise.
    if (this.#farClosed && this.#owner.over) return;
    this.#cut(undefined);
  }

  #arrived(frame: Uint8Array): void {
    if (this.#owner.over) return;
    if (this.#farClosed || frame.length === 0) {
      const what = this.#farClosed ? "after it had said that it was done" : "of 0 bytes";
      this.#cut(new SessionError("frame-malformed", `The far end sent a frame ${what}.`));
      return;
    }
    this.#held.push(frame);
    this.#heldCost += frame.length + frameCost;
    this.#deliver();
    if (this.#heldCost > mostHeld) {
      this.#cut(
        new SessionError(
          "receive-buffer-full",
          `The far end sent on while nobody read: ${mostHeld} bytes are kept at most. Connect again, and read faster.`,
        ),
      );
    } else if (this.#heldCost > window && !this.#pathPaused) {
      this.#pathPaused = true;
      this.#path.pause?.();
    }
  }

  #heard(text: string): void {
    if (this.#owner.over) return;
    const taken = Number(takenForm.exec(text)?.[1]);
    if (taken <= this.#onTheWay) {
      this.#onTheWay -= taken;
      this.#relieve();
    } else if (text === "end" && !this.#farClosed) {
      this.#farClosed = true;
      this.#deliver();
    } else if (text === "cut") {
      this.#pathIsOver(connectionLost(this.remote, "cut it"));
    } else {
      this.#cut(new SessionError("frame-malformed", "The far end sent a text that means nothing here."));
    }
  }

  #relieve(): void {
    if (!this.#blocked || this.#onTheWay > window / 2) return;
    this.#blocked = false;
    this.#owner.oweDrain();
    this.#owner.tellDrain();
  }

  /** Tells the owner what is due, when the present turn is over. */
  #soon(): void {
    queueMicrotask(() => {
      this.#owner.tellDrain();
      this.#deliver();
      this.#owner.tellEnd();
    });
  }

  #deliver(): void {
    const events = this.#owner.events;
    // A path may bring a frame while the owner, in a call, does something with the path.
    if (events === undefined || this.#delivering) return;
    this.#delivering = true;
    try {
      while (!this.#paused && !this.#owner.over) {
        const frame = this.#next();
        if (frame === undefined) break;
        events.frame(frame);
      }
    } finally {
      this.#delivering = false;
    }
    if (this.#farClosed && !this.#paused && !this.#owner.over && this.#held.length === 0) {
      this.#finish();
    }
  }

  #next(): Uint8Array | undefined {
    const frame = this.#held[0];
    if (frame === undefined) return undefined;
    if (frame.length > this.#maxFrameLength) {
      const limit = `at most ${this.#maxFrameLength} are accepted`;
      this.#cut(
        new SessionError("frame-too-long", `The far end sent a frame of ${frame.length} bytes; ${limit}.`),
      );
      return undefined;
    }
    this.#held.shift();
    const cost = frame.length + frameCost;
    this.#heldCost -= cost;
    this.#taken += cost;
    if (this.#taken >= tellTaken) {
      this.#path.send(`taken ${this.#taken}`);
      this.#taken = 0;
    }
    if (this.#pathPaused && this.#heldCost <= window) {
      this.#pathPaused = false;
      this.#path.resume?.();
    }
    return frame;
  }

  /** The far end has closed, and all that it sent has been delivered. */
  #finish(): void {
    this.#sayEnd();
    this.#owner.conclude(undefined);
    this.#path.close();
    this.#owner.tellEnd();
  }

  #sayEnd(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#path.send("end");
  }

  #pathIsOver(error: SessionError): void {
    // What the far end sent before it closed in good order is still delivered when the owner resumes.
    if (!this.#farClosed && !this.#owner.over) this.#cut(error);
  }

  #cut(error: SessionError | undefined): void {
    this.#closed = true;
    this.#owner.conclude(error);
    this.#held = [];
    this.#heldCost = 0;
    this.#path.cut();
    this.#soon();
  }
}
