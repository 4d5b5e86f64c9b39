import type { Secret } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import type { Instant } from "../ports/index.js";
import { encodeBatch, sealedFrameType } from "../record/index.js";
import type { Lineage } from "./lineage.js";
import { SessionLifecycle } from "./session-lifecycle.js";

/**
 * One session, sans-I/O: frames and the present time go in; frames, messages, events and the time of the next wake-up come
 * out. After each call the owner takes the outputs. Synchronous throughout.
 *
 * @see PROTOCOL, sections 4 to 9
 */
export class SessionMachine extends SessionLifecycle {
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
   * Seals `plaintext` (1 to 1,048,576 bytes) as a bare record, 28 bytes longer, for the application to carry.
   *
   * @throws plaintext-empty, plaintext-too-large, session-not-active, session-closed, session-expired, nonce-exhausted; nothing
   * has changed then
   */
  encrypt(plaintext: Uint8Array, now: Instant): Uint8Array {
    return this.sealing(now, lineage => lineage.sealRecord(plaintext, now));
  }

  /**
   * Opens a bare record (29 to 1,048,604 bytes). Returns 1 to 1,048,576 bytes, the caller's. A record that is refused never
   * ends the session: the application knows its path, the session does not.
   *
   * @throws record-too-short, record-too-long, record-forged, record-replayed, record-out-of-order, record-out-of-window,
   * epoch-unknown, epoch-too-far, session-not-active, session-closed; but for the count of refusals nothing has changed then
   */
  decrypt(record: Uint8Array, now: Instant): Uint8Array {
    return this.opening(now, lineage => lineage.openRecord(record, now));
  }

  /**
   * Seals messages (at least one, none empty, 1 MiB together with 4 bytes for each) as one batch frame.
   *
   * @throws batch-empty, plaintext-empty, plaintext-too-large, session-not-active, session-closed, session-expired; nothing has
   * changed then
   */
  encryptBatch(items: readonly Uint8Array[], now: Instant): Uint8Array {
    return this.sealing(now, lineage => sealBatch(lineage, items, now));
  }

  /** Opens a batch frame. @throws as `decrypt`, and batch-malformed, frame-malformed, frame-unexpected */
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
   * come about. Without effect while one is under way.
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

  /** A key for the application's own use, the same at both ends until a renewal. @throws invalid-argument, session-not-active, session-closed */
  exportKey(label: string, context: Uint8Array, length: number): Secret {
    return this.active().exportKey(label, context, length);
  }
}

function sealBatch(lineage: Lineage, items: readonly Uint8Array[], now: Instant): Uint8Array {
  const plaintext = encodeBatch(items);
  const bytes = plaintext.length - 4 * items.length;
  return lineage.sealFrame(sealedFrameType.batch, plaintext, items.length, bytes, now);
}
