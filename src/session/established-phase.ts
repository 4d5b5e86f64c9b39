import type { Secret } from "../bytes/index.js";
import type { CryptoProvider } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import type { Instant } from "../ports/index.js";
import {
  decodeBatch,
  encodeBatch,
  FrameOpener,
  FrameSealer,
  RecordOpener,
  RecordSealer,
  rotationOf,
  sealedFrameType,
  type OpenedFrame,
  type Ordering,
} from "../record/index.js";
import { encodeControl, type Control } from "./control.js";
import type { HandshakeResult } from "./handshake.js";
import { exportKey, firstRoot, sessionId, splitRoot, type Role } from "./key-schedule.js";
import type { MetricsRecorder } from "./session-metrics.js";
import type { Outbox } from "./session-output.js";
import type { Suite } from "./suites.js";

const noAssociatedData = new Uint8Array(0);

/** What an established session is made with. */
export interface EstablishedConfig {
  readonly provider: CryptoProvider;
  readonly role: Role;
  readonly ordering: Ordering;
  /** Milliseconds for which an older epoch's key still opens records, where order is not kept. */
  readonly grace: number;
  readonly metrics: MetricsRecorder;
  readonly outbox: Outbox;
}

/** The keys of an established session: seals, opens, counts, exports. It knows nothing of states and paths. */
export class EstablishedPhase {
  readonly id: Uint8Array;
  readonly peer: Uint8Array;
  readonly suite: Suite;
  readonly #config: EstablishedConfig;
  readonly #sealer: RecordSealer;
  readonly #opener: RecordOpener;
  readonly #frameSealer: FrameSealer;
  readonly #frameOpener: FrameOpener;
  readonly #exporter: Secret;
  /** What the next generation hangs on. */
  readonly #nextRoot: Secret;

  /** Takes over and erases the result's chaining key. */
  constructor(config: EstablishedConfig, result: HandshakeResult) {
    const { provider, role, ordering, grace } = config;
    this.#config = config;
    this.id = sessionId(provider, result.handshakeHash);
    this.peer = result.peer;
    this.suite = result.suite;
    const root = firstRoot(provider, result.chainingKey, result.handshakeHash);
    result.chainingKey.dispose();
    const { initiatorChain, responderChain, exporter, nextRoot } = splitRoot(provider, root, this.id, 0);
    const [own, theirs] =
      role === "initiator" ? [initiatorChain, responderChain] : [responderChain, initiatorChain];
    this.#exporter = exporter;
    this.#nextRoot = nextRoot;
    this.#sealer = new RecordSealer({ provider, chainSecret: own, generation: 0 });
    this.#opener = new RecordOpener({ provider, chainSecret: theirs, generation: 0, ordering, grace });
    this.#frameSealer = new FrameSealer({ sealer: this.#sealer, sessionId: this.id, ordering });
    this.#frameOpener = new FrameOpener({ opener: this.#opener, sessionId: this.id, ordering });
  }

  /** The frame of one application message. */
  sealMessage(plaintext: Uint8Array, now: Instant): Uint8Array {
    const frame = this.#frameSealer.seal(sealedFrameType.message, plaintext);
    this.#config.metrics.sent.count(1, 1, plaintext.length, now);
    return frame;
  }

  sealControl(control: Control, now: Instant): Uint8Array {
    const frame = this.#frameSealer.seal(sealedFrameType.control, encodeControl(control));
    this.#config.metrics.sent.count(1, 0, 0, now);
    return frame;
  }

  encrypt(plaintext: Uint8Array, now: Instant): Uint8Array {
    const record = this.#sealer.seal(plaintext, noAssociatedData);
    this.#config.metrics.sent.count(1, 1, plaintext.length, now);
    return record;
  }

  encryptBatch(items: readonly Uint8Array[], now: Instant): Uint8Array {
    const frame = this.#frameSealer.seal(sealedFrameType.batch, encodeBatch(items));
    this.#config.metrics.sent.count(1, items.length, totalLength(items), now);
    return frame;
  }

  /** Opens a frame of any sealed type. A message or a batch counts only once `readMessages` takes it in. */
  openFrame(frame: Uint8Array, now: Instant): OpenedFrame {
    const opened = this.#following(() => this.#frameOpener.open(frame, now));
    this.#config.metrics.received.count(1, 0, 0, now);
    return opened;
  }

  /** The application messages of an opened message or batch frame. @throws batch-malformed */
  readMessages({ type, plaintext }: OpenedFrame, now: Instant): Uint8Array[] {
    const items = type === sealedFrameType.batch ? decodeBatch(plaintext) : [plaintext];
    this.#config.metrics.received.count(0, items.length, totalLength(items), now);
    return items;
  }

  decrypt(record: Uint8Array, now: Instant): Uint8Array {
    const plaintext = this.#following(() => this.#opener.open(record, noAssociatedData, now));
    this.#config.metrics.received.count(1, 1, plaintext.length, now);
    return plaintext;
  }

  decryptBatch(frame: Uint8Array, now: Instant): Uint8Array[] {
    if (frame[0] !== sealedFrameType.batch)
      throw new SessionError("frame-unexpected", "This is not a batch frame.");
    return this.readMessages(this.openFrame(frame, now), now);
  }

  rotate(): void {
    this.#sealer.rotate();
    this.#config.metrics.sent.rotated(1);
    this.#config.outbox.event({ type: "key-rotated", direction: "sent", epoch: this.#sealer.epoch });
  }

  exportKey(label: string, context: Uint8Array, length: number): Secret {
    return exportKey(this.#config.provider, this.#exporter, label, context, length);
  }

  /** When, in milliseconds of the monotonic clock, `expire` has something to erase. */
  get nextExpiry(): number | undefined {
    return this.#opener.nextExpiry;
  }

  /** Erases the keys whose grace is over. */
  expire(now: Instant): void {
    this.#opener.expire(now);
  }

  dispose(): void {
    this.#sealer.dispose();
    this.#opener.dispose();
    this.#exporter.dispose();
    this.#nextRoot.dispose();
  }

  /** Tells when the peer's rotation has moved with what `open` opened. */
  #following<Opened>(open: () => Opened): Opened {
    const before = this.#opener.epoch;
    const opened = open();
    const epoch = this.#opener.epoch;
    if (epoch !== before) {
      this.#config.metrics.received.rotated(rotationOf(epoch) - rotationOf(before));
      this.#config.outbox.event({ type: "key-rotated", direction: "received", epoch });
    }
    return opened;
  }
}

function totalLength(items: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const item of items) bytes += item.length;
  return bytes;
}
