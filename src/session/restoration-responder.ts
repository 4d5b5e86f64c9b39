import { copySecret, equalConstantTime } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import type { Instant } from "../ports/index.js";
import { clearFrameType, RestoreOpener, type Ordering, type RestoredPeer } from "../record/index.js";
import { readClearFrame } from "./clear-frame.js";
import { resendInterval } from "./key-policy.js";
import type { Role } from "./key-schedule.js";
import { lineageConfig, type LineageConfig, type LineageOptions } from "./lineage-config.js";
import { restoredPhase } from "./lineage-restoration.js";
import { Lineage } from "./lineage.js";
import type { SuiteFloor } from "./negotiation.js";
import { checkPeer } from "./peer-check.js";
import { openFirstWord, type FirstWord } from "./restored-opening.js";
import { decodeRestore, restoreRefused, type RestoreOpening } from "./restore-frame.js";
import { mayRestore } from "./may-restore.js";
import { restorationName, type RestorableSession, type RestorationState } from "./restoration-state.js";

/** What the owner has taken: the lineage, and nobody else has it any more. The state's secrets stay the owner's. */
export interface RestorationHold {
  /** What was kept, as it was when the lineage was taken. */
  readonly state: RestorationState;
  /** Of the hold: 1 to 2^64 - 1. */
  readonly fence: bigint;
}

/** What can be asked for. */
interface Restorable {
  readonly session: Uint8Array;
  readonly generation: number;
  readonly peer: Uint8Array;
  readonly lineage: Uint8Array;
  /** This end's, in the lineage's full handshake. */
  readonly role: Role;
}

/** What was asked for, by a peer that has shown that it is the one. */
interface Asked extends Restorable {
  readonly restored: RestoredPeer;
}

/** What is kept under the name that was asked for first: whatever else comes is read by it. */
interface Found {
  readonly name: Uint8Array;
  readonly restorable: Restorable;
  readonly opener: RestoreOpener;
}

type Phase =
  | { readonly kind: "first" }
  /** The owner looks for what it has kept. */
  | { readonly kind: "lookup"; readonly opening: RestoreOpening }
  /** The owner's policy decides. */
  | { readonly kind: "decision"; readonly asked: Asked }
  /** The owner takes the lineage from whoever has it. */
  | { readonly kind: "hold"; readonly asked: Asked }
  /** This end has answered. */
  | { readonly kind: "answered"; readonly lineage: Lineage }
  | { readonly kind: "refused" };

export interface ResponderOptions extends LineageOptions {
  readonly floor: SuiteFloor;
}

/** The end that is asked to carry on with a session. Nothing that it has stored moves before the peer has shown that it has the session's secrets. @see PROTOCOL, section 20.5 */
export class RestorationResponder {
  readonly #options: ResponderOptions;
  readonly #ordering: Ordering;
  readonly #parts: Pick<LineageConfig, "metrics" | "outbox" | "gate">;
  #phase: Phase = { kind: "first" };
  #found: Found | undefined;
  #resendAt: number | undefined;

  constructor(
    options: ResponderOptions,
    ordering: Ordering,
    parts: Pick<LineageConfig, "metrics" | "outbox" | "gate">,
  ) {
    this.#options = options;
    this.#ordering = ordering;
    this.#parts = parts;
  }

  /** Whether the owner's policy has to decide. */
  get awaitsDecision(): boolean {
    return this.#phase.kind === "decision";
  }

  /** What the answer was sealed in, while the peer's is waited for. */
  get lineage(): Lineage | undefined {
    return this.#phase.kind === "answered" ? this.#phase.lineage : undefined;
  }

  /** When, in milliseconds of the monotonic clock, the answer is repeated: the path may have lost it. */
  get resendAt(): number | undefined {
    return this.#phase.kind === "answered" ? this.#resendAt : undefined;
  }

  wake(now: Instant): void {
    const { lineage, resendAt } = this;
    if (lineage === undefined || resendAt === undefined || now.monotonic < resendAt) return;
    this.#answer(lineage, now);
  }

  /** The peer's first word, once it comes; `taken`: the frame was for this; undefined: it is the handshake's. @throws as `openFirstWord`; offer-malformed, frame-unexpected, record-forged and what else opening a frame throws */
  read(frame: Uint8Array, now: Instant): FirstWord | "taken" | undefined {
    const phase = this.#phase;
    if (phase.kind === "answered") return openFirstWord(phase.lineage, frame, now);
    if (phase.kind === "lookup" || phase.kind === "decision" || phase.kind === "hold")
      throw new SessionError("frame-unexpected", "The peer speaks before this end has answered it.");
    if (frame[0] !== clearFrameType.restore) return undefined;
    const { body } = readClearFrame(frame, [clearFrameType.restore]);
    const opening = decodeRestore(body);
    // One look into the store for each path: what comes again is refused again, or read by what was found.
    if (opening === undefined || phase.kind === "refused" || this.#parts.gate === undefined) this.#refuse();
    else if (this.#found !== undefined) this.#open(this.#found, opening, now);
    else {
      this.#phase = { kind: "lookup", opening };
      this.#parts.outbox.put({ kind: "restoration", name: opening.name });
    }
    return "taken";
  }

  /** Goes on with what the owner has kept under the name, if anything. @throws record-forged and what else opening a frame throws */
  found(state: RestorationState | undefined, now: Instant): void {
    const phase = this.#phase;
    if (phase.kind !== "lookup") return;
    const { name } = phase.opening;
    const { provider, floor, limits, identity } = this.#options;
    const session = state?.sessions.find(kept =>
      equalConstantTime(restorationName(provider, kept.restore), name),
    );
    if (state === undefined || session === undefined || !mayRestore(state, session, floor, limits, now))
      return this.#refuse();
    checkPeer(provider.dh, state.peer, identity.publicKey, undefined);
    this.#phase = { kind: "first" };
    const { peer, lineage, role } = state;
    const restorable = { session: session.session, generation: session.generation, peer, lineage, role };
    this.#found = { name, restorable, opener: this.#openerOf(state, session) };
    this.#open(this.#found, phase.opening, now);
  }

  /** The owner's policy has accepted the peer. */
  authorized(): void {
    if (this.#phase.kind !== "decision") return;
    const { asked } = this.#phase;
    this.#phase = { kind: "hold", asked };
    const { peer, lineage, role, restored } = asked;
    this.#parts.outbox.put({ kind: "hold", peer, lineage, role, fence: restored.fence });
  }

  /** The owner has taken the lineage; undefined: there is nothing of it any more. */
  held(hold: RestorationHold | undefined, now: Instant): void {
    if (this.#phase.kind !== "hold") return;
    const { restored, generation, session: id } = this.#phase.asked;
    const session = hold?.state.sessions.find(
      kept => kept.generation === generation && equalConstantTime(kept.session, id),
    );
    // Meanwhile another one may have asked.
    const overtaken = (hold?.state.known?.fence ?? 0n) >= restored.fence;
    if (hold === undefined || session === undefined || overtaken) return this.#refuse();
    const { state, fence } = hold;
    const roles = { role: state.role, handshakeRole: session.keyRole };
    const config = lineageConfig(this.#options, roles, this.#ordering, this.#parts);
    const how = { fence, known: restored, by: "peer" } as const;
    const { first, memory } = restoredPhase(config, state, session, how, now);
    const lineage = new Lineage(config, first, memory, now);
    this.#phase = { kind: "answered", lineage };
    this.#answer(lineage, now);
  }

  dispose(): void {
    this.#forget();
    this.lineage?.dispose();
  }

  /** Of the frames with which the peer may show that it has the session. */
  #openerOf(
    { known }: RestorationState,
    { session: sessionId, generation, keyRole, restore, renewals }: RestorableSession,
  ): RestoreOpener {
    const { provider, grace } = this.#options;
    const direction = keyRole === "initiator" ? "responder" : "initiator";
    const restoreSecret = copySecret(restore[direction]);
    const scope = {
      provider,
      sessionId,
      generation,
      direction,
      renewals,
      grace,
      ordering: this.#ordering,
    } as const;
    const peer = known === undefined ? {} : { peer: known };
    return new RestoreOpener({ ...scope, ...peer, restoreSecret, restored: true });
  }

  /** Goes on where the frame opens, and tells an R that is new here. One that is forged changes nothing. */
  #open({ name, restorable, opener }: Found, opening: RestoreOpening, now: Instant): void {
    if (!equalConstantTime(name, opening.name)) return this.#refuse();
    const restored = acceptedBy(opener, opening.frame, now);
    if (restored === undefined) return this.#refuse();
    this.#forget();
    this.#phase = { kind: "decision", asked: { ...restorable, restored } };
    this.#parts.outbox.put({ kind: "authorize", peer: restorable.peer });
  }

  #forget(): void {
    this.#found?.opener.dispose();
    this.#found = undefined;
  }

  #answer(lineage: Lineage, now: Instant): void {
    // The peer's R is stored before anything that answers it leaves.
    if (this.#resendAt === undefined) this.#parts.gate?.require();
    lineage.restoring.say(now);
    this.#resendAt = this.#ordering === "in-order" ? Infinity : now.monotonic + resendInterval;
  }

  #refuse(): void {
    this.#forget();
    this.#phase = { kind: "refused" };
    this.#parts.outbox.put({ kind: "frame", frame: restoreRefused() });
  }
}

/** Undefined where this end must not go on with the R. @throws record-forged and what else opening a frame throws */
function acceptedBy(opener: RestoreOpener, frame: Uint8Array, now: Instant): RestoredPeer | undefined {
  try {
    return opener.open(frame, now).accepted;
  } catch (error) {
    if (SessionError.is(error, "epoch-unknown")) return undefined;
    throw error;
  }
}
