import { concat, Reader, Writer } from "../bytes/index.js";

/** Why an end closes: told to the peer, never trusted for anything but a message to a person. */
export const closeReasons = ["normal", "going-away", "expired", "quarantined"] as const;
/** Why an end closes a session, as it tells the other. */
export type CloseReason = (typeof closeReasons)[number];

/** What one end tells the other inside a control frame. @see PROTOCOL, section 8 */
export type Control =
  /** This end seals under keys that are new to the peer, and wants to see a record under its own new ones. */
  | { readonly kind: "confirm" }
  /** Nothing more comes from this end. */
  | { readonly kind: "close"; readonly reason: CloseReason }
  /** Carries the present epoch to the peer, so that it lets go of older keys. It answers `confirm`. */
  | { readonly kind: "epoch" }
  | { readonly kind: ExchangeKind; readonly body: Uint8Array }
  /** What an end says first in a restored session. */
  | { readonly kind: "restored"; readonly body: Uint8Array }
  /** Asks for a `pong` with the same token, u32. */
  | { readonly kind: "ping" | "pong"; readonly token: number };

/** Messages of the exchanges that run inside a session. */
export type ExchangeKind = "propose-generation" | "answer-generation" | "propose-renewal" | "answer-renewal";

/** A message of an exchange, as a control frame carries it. */
export interface ExchangeMessage {
  readonly kind: ExchangeKind;
  readonly body: Uint8Array;
}

const kindBytes = {
  confirm: 1,
  close: 2,
  epoch: 3,
  "propose-generation": 4,
  "answer-generation": 5,
  "propose-renewal": 6,
  "answer-renewal": 7,
  ping: 8,
  pong: 9,
  restored: 10,
} as const satisfies Record<Control["kind"], number>;

const kinds: ReadonlyMap<number, Control["kind"]> = new Map(
  Object.entries(kindBytes).map(([kind, byte]) => [byte, kind as Control["kind"]]),
);

/** The plaintext of a control frame. */
export function encodeControl(control: Control): Uint8Array {
  const kind = Uint8Array.of(kindBytes[control.kind]);
  if ("body" in control) return concat(kind, control.body);
  if ("token" in control) return concat(kind, new Writer().u32(control.token).finish());
  return control.kind === "close" ? concat(kind, Uint8Array.of(closeReasons.indexOf(control.reason))) : kind;
}

/** Reads the plaintext of a control frame. @throws frame-malformed */
export function decodeControl(plaintext: Uint8Array): Control {
  const reader = new Reader(plaintext, "frame-malformed", "control frame");
  const byte = reader.u8();
  const kind = kinds.get(byte) ?? reader.fail(`has kind ${byte}, which this version does not know`);
  if (kind === "confirm" || kind === "epoch") {
    reader.end();
    return { kind };
  }
  if (kind === "ping" || kind === "pong") {
    const token = reader.u32();
    reader.end();
    return { kind, token };
  }
  if (kind !== "close") return { kind, body: reader.rest() };
  const reason = closeReasons[reader.u8()];
  reader.end();
  return reason === undefined
    ? reader.fail("gives a reason that this version does not know")
    : { kind: "close", reason };
}
