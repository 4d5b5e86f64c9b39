import { Reader } from "../bytes/index.js";

/** Why an end closes: told to the peer, never trusted for anything but a message to a person. */
export const closeReasons = ["normal", "going-away"] as const;
export type CloseReason = (typeof closeReasons)[number];

/** What one end tells the other inside a control frame. @see PROTOCOL, section 8 */
export type Control =
  /** The handshake's last message has been read and the peer accepted: the session is up. */
  | { readonly kind: "confirm" }
  /** Nothing more comes from this end. */
  | { readonly kind: "close"; readonly reason: CloseReason }
  /** Carries the present epoch to the peer, so that it lets go of older keys. */
  | { readonly kind: "epoch" };

const kindBytes = { confirm: 1, close: 2, epoch: 3 } as const satisfies Record<Control["kind"], number>;

/** The plaintext of a control frame. */
export function encodeControl(control: Control): Uint8Array {
  return control.kind === "close"
    ? Uint8Array.of(kindBytes.close, closeReasons.indexOf(control.reason))
    : Uint8Array.of(kindBytes[control.kind]);
}

/** Reads the plaintext of a control frame. @throws frame-malformed */
export function decodeControl(plaintext: Uint8Array): Control {
  const reader = new Reader(plaintext, "frame-malformed", "control frame");
  const control = decodeKind(reader);
  reader.end();
  return control;
}

function decodeKind(reader: Reader): Control {
  const kind = reader.u8();
  switch (kind) {
    case kindBytes.confirm:
      return { kind: "confirm" };
    case kindBytes.epoch:
      return { kind: "epoch" };
    case kindBytes.close: {
      const reason = closeReasons[reader.u8()];
      return reason === undefined
        ? reader.fail("gives a reason that this version does not know")
        : { kind: "close", reason };
    }
    default:
      return reader.fail(`has kind ${kind}, which this version does not know`);
  }
}
