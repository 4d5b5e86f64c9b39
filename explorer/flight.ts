import { toHex } from "../src/bytes/index.js";
import { epochOfRecord, frameHeaderLength, recordOverhead, sealedFrameType } from "../src/record/index.js";
import { decodeControl } from "../src/session/control.js";
import { messageName } from "../src/session/session-inspection.js";
import { toyHash } from "./toy-hash.js";

/** A sealed frame on its way, taken apart: toy primitives hide nothing. */
export interface Flight {
  readonly bytes: Uint8Array;
  /** Modulo 4. */
  readonly renewals: number;
  readonly epoch: number;
  /** `message`, or the kind of a control frame. */
  readonly content: string;
  /** Of a message of an exchange. */
  readonly body?: string;
}

/** Knows every frame that was ever sealed, so that equal frames are one object. */
export class Flights {
  readonly #known = new Map<string, Flight>();

  of(bytes: Uint8Array): Flight {
    const key = toHex(toyHash(bytes).subarray(0, 12));
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const record = bytes.subarray(frameHeaderLength);
    const plaintext = record.subarray(recordOverhead);
    const shared = {
      bytes,
      renewals: (bytes[1]! >>> 1) & 3,
      epoch: epochOfRecord(record),
    };
    const flight =
      bytes[0] === sealedFrameType.control
        ? { ...shared, ...named(plaintext) }
        : { ...shared, content: "message" };
    this.#known.set(key, flight);
    return flight;
  }
}

function named(plaintext: Uint8Array): Pick<Flight, "content" | "body"> {
  const control = decodeControl(plaintext);
  return "body" in control
    ? { content: control.kind, body: messageName(control.body) }
    : { content: control.kind };
}
