import { fromHex } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";

/** The coordinates, little-endian, that a public key of a curve may have, and those that it may not. */
export interface CoordinateRules {
  /** As in the names of public keys in messages. */
  readonly curve: string;
  readonly length: number;
  /** The prime of the field: a coordinate is below it. */
  readonly prime: Uint8Array;
  /** The coordinates of every point whose order divides the cofactor, on the curve and on its twist. */
  readonly lowOrder: readonly Uint8Array[];
}

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (bytes === undefined) throw new SessionError("internal", "A constant is not hexadecimal.");
  return bytes;
};

const prime25519 = hex("ed" + "ff".repeat(30) + "7f");
const minusOne25519 = hex("ec" + "ff".repeat(30) + "7f");
const zero25519 = hex("00".repeat(32));
const one25519 = hex("01" + "00".repeat(31));

/** u-coordinates of Curve25519: 0 and its like of order 1 and 2, 1 and -1 of order 4, two of order 8. @see RFC 7748, section 6.1 */
export const x25519Rules: CoordinateRules = {
  curve: "X25519",
  length: 32,
  prime: prime25519,
  lowOrder: [
    zero25519,
    one25519,
    minusOne25519,
    hex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    hex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
  ],
};

/** u-coordinates of Curve448: 0 of order 1 and 2, 1 and -1 of order 4. @see RFC 7748, section 6.2 */
export const x448Rules: CoordinateRules = {
  curve: "X448",
  length: 56,
  prime: hex("ff".repeat(28) + "fe" + "ff".repeat(27)),
  lowOrder: [
    hex("00".repeat(56)),
    hex("01" + "00".repeat(55)),
    hex("fe" + "ff".repeat(27) + "fe" + "ff".repeat(27)),
  ],
};

/** y-coordinates of Edwards25519, the sign bit cleared: 1 and -1 of order 1 and 2, 0 of order 4, two of order 8. */
export const ed25519Rules: CoordinateRules = {
  curve: "Ed25519",
  length: 32,
  prime: prime25519,
  lowOrder: [
    zero25519,
    one25519,
    minusOne25519,
    hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
  ],
};

/**
 * Refuses every byte string that is not the one spelling of a coordinate, and points of low order. A public key is no
 * secret: this takes no constant time.
 *
 * @throws public-key-malformed, public-key-not-canonical, public-key-low-order
 */
export function checkCoordinate(rules: CoordinateRules, coordinate: Uint8Array): void {
  if (coordinate.length !== rules.length) {
    throw new SessionError(
      "public-key-malformed",
      `A public key of ${rules.curve} is ${rules.length} bytes, not ${coordinate.length}.`,
    );
  }
  if (!isBelow(coordinate, rules.prime)) {
    throw new SessionError(
      "public-key-not-canonical",
      `This public key of ${rules.curve} is not below the prime of its field.`,
    );
  }
  if (rules.lowOrder.some(point => point.every((byte, i) => byte === coordinate[i]))) {
    throw new SessionError(
      "public-key-low-order",
      `This public key of ${rules.curve} is a point of low order.`,
    );
  }
}

function isBelow(value: Uint8Array, limit: Uint8Array): boolean {
  for (let i = limit.length - 1; i >= 0; i--) {
    if (value[i]! !== limit[i]!) return value[i]! < limit[i]!;
  }
  return false;
}
