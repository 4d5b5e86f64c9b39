import { SessionError } from "../errors/index.js";
import type { Instant } from "../ports/index.js";
import { sealedFrameType } from "../record/index.js";
import { decodeControl, type CloseReason } from "./control.js";
import type { Lineage } from "./lineage.js";
import type { Regression } from "./quarantine.js";

/** What came of the peer's first word in a restored session. */
export type FirstWord =
  /** It goes on. */
  | { readonly kind: "restored"; readonly lineage: Lineage }
  /** This end's state has gone back. */
  | { readonly kind: "regressed"; readonly lineage: Lineage; readonly regression: Regression }
  /** The peer ends the session: what it knows contradicts this end. */
  | { readonly kind: "closed"; readonly lineage: Lineage; readonly reason: CloseReason };

/** Opens the first frame of the peer under this end's own R. @throws as `Lineage.openFrame`; frame-unexpected, frame-malformed: the candidate stays then */
export function openFirstWord(lineage: Lineage, frame: Uint8Array, now: Instant): FirstWord {
  const { opened } = lineage.openFrame(frame, now);
  const control = opened.type === sealedFrameType.control ? decodeControl(opened.plaintext) : undefined;
  if (control?.kind === "close") return { kind: "closed", lineage, reason: control.reason };
  if (control?.kind !== "restored")
    throw new SessionError("frame-unexpected", "A restored session begins with what its ends have counted.");
  const regression = lineage.restoring.hear(control.body, now);
  return regression === undefined
    ? { kind: "restored", lineage }
    : { kind: "regressed", lineage, regression };
}
