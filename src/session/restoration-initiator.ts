import type { Instant } from "../ports/index.js";
import { clearFrameType, isRestoreFrame, sealedFrameType, type Ordering } from "../record/index.js";
import { readClearFrame } from "./clear-frame.js";
import { encodeControl } from "./control.js";
import { checkEmpty } from "./handshake-result.js";
import { resendInterval } from "./key-policy.js";
import { lineageConfig, type LineageConfig, type LineageOptions } from "./lineage-config.js";
import { restoredPhase } from "./lineage-restoration.js";
import { Lineage } from "./lineage.js";
import { checkPeer } from "./peer-check.js";
import { openFirstWord, type FirstWord } from "./restored-opening.js";
import type { RestoredRecords } from "./restored-records.js";
import { encodeRestore } from "./restore-frame.js";
import { restorationName, type RestorationState } from "./restoration-state.js";
import type { Outbox } from "./session-output.js";

/** What an initiator carries on with, under a hold that it has just taken. The state's secrets stay its owner's, who may dispose them when the machine has been made. */
export interface RestorationAttempt {
  /** What was kept: the session in front is the one that is asked for. */
  readonly state: RestorationState;
  /** Of the hold. */
  readonly fence: bigint;
  /** Whether a full handshake takes its place where the peer refuses it and nothing is kept to resume it by. Default: true. */
  readonly fallback?: boolean;
}

/** What came of a frame; undefined: nothing of a restore. */
export type InitiatorStep = FirstWord | { readonly kind: "refused" } | undefined;

/** The end that asks to carry on with a session, on a path of its own. @see PROTOCOL, section 20.5 */
export class RestorationInitiator {
  readonly #lineage: Lineage;
  readonly #records: RestoredRecords;
  readonly #outbox: Outbox;
  readonly #ordering: Ordering;
  readonly #frame: Uint8Array;
  #resendAt: number | undefined;
  #refused = false;

  /** Puts out the first frame. @throws what `checkPeer` throws */
  constructor(
    options: LineageOptions,
    { state, fence }: RestorationAttempt,
    ordering: Ordering,
    parts: Pick<LineageConfig, "metrics" | "outbox" | "gate">,
    now: Instant,
  ) {
    const session = state.sessions[0]!;
    const { provider, identity } = options;
    checkPeer(provider.dh, state.peer, identity.publicKey, undefined);
    const config = lineageConfig(
      options,
      { role: state.role, handshakeRole: session.keyRole },
      ordering,
      parts,
    );
    const how = { fence, known: state.known, by: "local" } as const;
    const { first, memory, records } = restoredPhase(config, state, session, how, now);
    this.#lineage = new Lineage(config, first, memory, now);
    this.#records = records;
    this.#outbox = parts.outbox;
    this.#ordering = ordering;
    const frame = first.sealFrame(sealedFrameType.control, encodeControl({ kind: "epoch" }));
    this.#frame = encodeRestore({ name: restorationName(provider, session.restore), frame });
    this.#put(now);
  }

  get lineage(): Lineage {
    return this.#lineage;
  }

  /** When, in milliseconds of the monotonic clock, the first frame is repeated: the path may have lost it. */
  get resendAt(): number | undefined {
    return this.#refused ? undefined : this.#resendAt;
  }

  wake(now: Instant): void {
    if (this.resendAt !== undefined && now.monotonic >= this.resendAt) this.#put(now);
  }

  /** @throws as `openFirstWord`; frame-malformed */
  read(frame: Uint8Array, now: Instant): InitiatorStep {
    if (frame[0] === clearFrameType.restoreRefused && !this.#refused) {
      checkEmpty(readClearFrame(frame, [clearFrameType.restoreRefused]).body);
      this.#refused = true;
      return { kind: "refused" };
    }
    if (!isRestoreFrame(frame)) return undefined;
    const word = openFirstWord(this.#lineage, frame, now);
    this.#lineage.memory.known = this.#records.peer;
    return word;
  }

  dispose(): void {
    this.#lineage.dispose();
  }

  #put(now: Instant): void {
    this.#outbox.put({ kind: "frame", frame: this.#frame });
    this.#resendAt = this.#ordering === "in-order" ? undefined : now.monotonic + resendInterval;
  }
}
