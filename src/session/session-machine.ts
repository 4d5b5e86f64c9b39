import type { Secret } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import type { Instant } from "../ports/index.js";
import { checkOutput, encodeBatch, recordOverhead, sealedFrameType } from "../record/index.js";
import type { Lineage } from "./lineage.js";
import type { SessionStatus } from "./session-status.js";
import type { SessionInspection } from "./session-inspection.js";
import type { RestorableProgress } from "./lineage-restoration.js";
import type { RestorationState } from "./restoration-state.js";
import { SessionUse } from "./session-use.js";
import type { LineageProgress, Resumed, ResumptionState } from "./resumption-state.js";
import type { SessionMetrics } from "./session-metrics.js";
import type { SuiteName } from "./suites.js";

/**
 * One session, sans-I/O: frames and the present time go in; frames, messages, events and the time of the next wake-up come
 * out. After each call the owner takes the outputs. Synchronous throughout.
 *
 * @see PROTOCOL, sections 4 to 9
 */
export class SessionMachine extends SessionUse {
  /** 32 bytes, the same at both ends; undefined until the handshake is over. A renewal changes it. */
  get id(): Uint8Array | undefined {
    return this.lineage?.current.id;
  }

  /** The peer's static public key, 32 bytes, proven; undefined until the handshake is over. */
  get peer(): Uint8Array | undefined {
    return this.lineage?.current.peer;
  }

  /** The id of the lineage, 32 bytes: that of its first session; undefined until the handshake is over. Renewals and resumptions keep it. */
  get lineageId(): Uint8Array | undefined {
    return this.lineage?.memory.id;
  }

  /** What the peer said when the lineage was resumed; undefined where it was not. */
  get resumed(): Resumed | undefined {
    return this.lineage?.memory.resumed;
  }

  /**
   * What this end may keep in order to resume the session when its path is gone; undefined where it is not established, or has ended. The
   * caller disposes the secrets.
   */
  resumptionState(now: Instant): ResumptionState | undefined {
    const lineage = this.standing.live ? this.lineage : undefined;
    return lineage?.memory.state(lineage.current, now);
  }

  /**
   * What this end is to store, after a `persist` output; undefined where the session has ended. `persisted` or `notPersisted` comes next. The caller disposes the
   * secrets.
   */
  restorationState(now: Instant): RestorationState | undefined {
    const lineage = this.kept;
    if (lineage === undefined || this.standing.gate === undefined) return undefined;
    const { state, leases } = lineage.restoring.state(now);
    this.standing.gate.writing(leases);
    return state;
  }

  /** How far the sessions of the lineage have come, also where it has ended. */
  restorableProgress(now: Instant): readonly RestorableProgress[] {
    return this.lineage?.restoring.progress(now) ?? [];
  }

  /** What was to be stored is durable: what waited for it goes out. */
  persisted(): void {
    this.standing.gate?.written();
  }

  /** It could not be stored. A holder that was overtaken ends, and so does a session of which nothing has been stored yet; else the owner tries again. */
  notPersisted(error: SessionError, now: Instant): void {
    const { gate } = this.standing;
    gate?.failed();
    if (error.code === "store-fenced") this.fenced(error, now);
    else if (gate?.begun === false) this.unkept(error, now);
  }

  /** Whether a frame of so many bytes may be sent by what is leased, as far as the limits leave so much; else more is asked for. */
  carries(bytes: number): boolean {
    return this.lineage?.carries(bytes) ?? true;
  }

  /** Whether what has come waits for a write: no more should be read from the path. */
  get holdsBack(): boolean {
    return this.standing.live && this.standing.gate?.holds === true;
  }

  /** Where this path has begun with a restore: which end has asked for it. */
  get restored(): "local" | "peer" | undefined {
    return this.lineage?.memory.restored;
  }

  /** How far the lineage has come, also where the session has ended; undefined until the handshake is over. */
  lineageProgress(now: Instant): LineageProgress | undefined {
    return this.lineage?.memory.progress(this.lineage.current, now);
  }

  /** What the handshake agreed on; undefined before. */
  get suite(): SuiteName | undefined {
    return this.lineage?.current.suite.name;
  }

  /** What the session has done so far, counted. */
  metrics(): SessionMetrics {
    return this.standing.metrics.snapshot();
  }

  /** Whether the next send will succeed, and until when or for how many more: exact for the limits at the time `now`. */
  checkHealth(now: Instant): SessionStatus {
    return this.standing.health(this.lineage, now);
  }

  /** What the session is about at present, without any secret: for people and for tests. */
  inspect(): SessionInspection {
    const lineage = this.standing.live ? this.lineage : undefined;
    return { state: this.state.name, ...(lineage !== undefined && { lineage: lineage.inspect() }) };
  }

  /** Whether a sender that can wait should: a renewal is under way, and what may be sent before it runs out. `renewed` ends that. */
  get awaitsRenewal(): boolean {
    return this.standing.live && this.lineage?.awaitsRenewal === true;
  }

  /** Seals a message (1 to 1,048,576 bytes) and puts its frame out. @throws as `encrypt` */
  send(plaintext: Uint8Array, now: Instant): void {
    this.sealing(now, lineage =>
      this.putFrame(lineage.sealFrame(sealedFrameType.message, plaintext, 1, plaintext.length, now)),
    );
  }

  /** Seals several messages in one frame and puts it out. @throws as `encryptBatch` */
  sendBatch(items: readonly Uint8Array[], now: Instant): void {
    this.sealing(now, lineage => this.putFrame(sealBatch(lineage, items, now)));
  }

  /**
   * Seals a frame of the stream multiplexer (1 to 1,048,576 bytes) and puts it out. It counts as one message.
   *
   * @throws delivery-unordered on datagrams, and as `encrypt`
   */
  sendStream(plaintext: Uint8Array, now: Instant): void {
    this.sealing(now, lineage => this.putFrame(lineage.sealOrdered("stream", plaintext, now)));
  }

  /**
   * Seals a frame of a durable channel (1 to 1,048,576 bytes) and puts it out. It counts as one message.
   *
   * @throws delivery-unordered on datagrams, and as `encrypt`
   */
  sendDurable(plaintext: Uint8Array, now: Instant): void {
    this.sealing(now, lineage => this.putFrame(lineage.sealOrdered("durable", plaintext, now)));
  }

  /**
   * Asks the peer for a sign of life; the result is the token, u32, of the `pong` output that answers it. On an ordered path the answer
   * says that the peer's session has opened all that was sent before. It counts towards no limit, and refreshes no idle time.
   *
   * @throws session-not-active, session-closed, session-expired
   */
  ping(now: Instant): number {
    return this.sealing(now, lineage => lineage.replies.ping(now));
  }

  /**
   * Seals `plaintext` (1 to 1,048,576 bytes) as a bare record, 28 bytes longer, for the application to carry.
   *
   * @throws plaintext-empty, plaintext-too-large, session-not-active, session-closed, session-expired, limit-exceeded,
   * nonce-exhausted; nothing has changed then
   */
  encrypt(plaintext: Uint8Array, now: Instant): Uint8Array {
    return this.sealing(now, lineage => lineage.sealRecord(plaintext, now));
  }

  /**
   * As `encrypt`, at the beginning of `output`, which shares nothing with `plaintext`: nothing is allocated. Returns the length of the record.
   *
   * @throws as `encrypt`; invalid-argument where `output` has less than 28 bytes more than `plaintext`: nothing has changed then
   */
  encryptInto(plaintext: Uint8Array, output: Uint8Array, now: Instant): number {
    this.sealing(now, lineage => lineage.sealRecord(plaintext, now, output));
    return plaintext.length + recordOverhead;
  }

  /**
   * Opens a bare record (29 to 1,048,604 bytes), in any order, each once. Returns 1 to 1,048,576 bytes, the caller's. A record that is
   * refused never ends the session: the application knows its path, the session does not.
   *
   * @throws record-too-short, record-too-long, record-forged, record-replayed, record-out-of-window,
   * epoch-unknown, epoch-too-far, session-not-active, session-closed; but for the count of refusals nothing has changed then
   */
  decrypt(record: Uint8Array, now: Instant): Uint8Array {
    return this.opening(now, lineage => lineage.openRecord(record, now));
  }

  /**
   * As `decrypt`, to the beginning of `output`: nothing is allocated. Returns the length of the plaintext.
   *
   * @throws as `decrypt`; invalid-argument where the plaintext does not fit into `output`: the record can still be opened then
   */
  decryptInto(record: Uint8Array, output: Uint8Array, now: Instant): number {
    checkOutput(output, record.length - recordOverhead);
    this.opening(now, lineage => lineage.openRecord(record, now, output));
    return record.length - recordOverhead;
  }

  /**
   * Seals messages (at least one, none empty, 1 MiB together with 4 bytes for each) as one batch frame, for the application to carry. On
   * an ordered path it stands in one sequence with the session's other frames: the peer must open it in its place.
   *
   * @throws batch-empty, batch-too-long, plaintext-empty, plaintext-too-large, session-not-active, session-closed, session-expired, limit-exceeded;
   * nothing has changed then
   */
  encryptBatch(items: readonly Uint8Array[], now: Instant): Uint8Array {
    return this.sealing(now, lineage => sealBatch(lineage, items, now));
  }

  /** Opens a batch frame. @throws as `decrypt`, and record-out-of-order, batch-malformed, frame-malformed, frame-unexpected */
  decryptBatch(frame: Uint8Array, now: Instant): Uint8Array[] {
    return this.opening(now, lineage => {
      if (frame[0] !== sealedFrameType.batch) {
        throw new SessionError("frame-unexpected", "This is not a batch frame.");
      }
      const { opened, phase } = lineage.openFrame(frame, now);
      return lineage.readMessages(opened, phase, now);
    });
  }

  /**
   * Moves this direction to its next rotation: what was sealed before cannot be opened with what is kept from now on. The peer
   * follows with the first record that it opens; `announceEpoch` makes one. Without effect where nothing was sealed under the present key.
   * After 48 rotations on datagrams without a generation it proposes one instead: the peer may not have followed.
   *
   * @throws rotation-exhausted, session-not-active, session-closed, session-expired; nothing has changed then
   */
  rotateKeys(now: Instant): void {
    this.sealing(now, lineage => lineage.rotate(now));
  }

  /**
   * Proposes a generation: fresh X25519 and, in hybrid sessions, ML-KEM, for both directions. `epoch-advanced` tells when it has
   * come about. Without effect while one is under way. A renewal that comes about first leaves it behind: then `renewed` is the answer, and
   * brings fresh secrets too.
   *
   * @throws rotation-exhausted after generation 65535, session-not-active, session-closed, session-expired
   */
  advanceEpoch(now: Instant): void {
    this.sealing(now, lineage => lineage.exchanges.advanceGeneration(now));
  }

  /** Proposes a renewal; `renewed` tells when it has come about. Without effect while one is under way. @throws session-not-active, session-closed, session-expired */
  renew(now: Instant): void {
    this.sealing(now, lineage => lineage.exchanges.renew(now));
  }

  /** Tells the peer the present epoch, so that it erases older keys now. @throws session-not-active, session-closed, session-expired */
  announceEpoch(now: Instant): void {
    this.sealing(now, lineage => lineage.sendControl({ kind: "epoch" }, now));
  }

  /** A key for the application's own use, the same at both ends until a renewal; and after a restore: whoever counts nonces from 0 under it repeats them then. @throws invalid-argument, session-not-active, session-closed */
  exportKey(label: string, context: Uint8Array, length: number): Secret {
    return this.active().current.exportKey(label, context, length);
  }
}

function sealBatch(lineage: Lineage, items: readonly Uint8Array[], now: Instant): Uint8Array {
  const plaintext = encodeBatch(items);
  const bytes = plaintext.length - 4 * items.length;
  return lineage.sealFrame(sealedFrameType.batch, plaintext, items.length, bytes, now);
}
