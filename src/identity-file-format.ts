import { fromUtf8, Secret, utf8 } from "./bytes/index.js";
import { SessionError } from "./errors/index.js";

const versionLine = utf8("bowline-identity-v1\n");
const secretLength = 32;
const encodedLength = 44;
const newline = 0x0a;
const padding = 0x3d;
const alphabet = utf8("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

/** Bytes of an identity file, version 1. */
export const identityFileLength = versionLine.length + encodedLength + 1;

/**
 * The text of an identity file, as ASCII bytes that the caller owns and erases: the version line, the secret in base64
 * (RFC 4648, section 4), a newline at the end. Never a string: a string can't be erased.
 *
 * @throws invalid-argument where `secret` has not 32 bytes
 */
export function encodeIdentityFile(secret: Secret): Uint8Array {
  if (secret.length !== secretLength) {
    throw new SessionError(
      "invalid-argument",
      `An identity's secret key has ${secretLength} bytes, not ${secret.length}.`,
    );
  }
  const key = secret.expose();
  const file = new Uint8Array(identityFileLength);
  file.set(versionLine);
  let at = versionLine.length;
  for (let i = 0; i < secretLength; i += 3) {
    const group = (key[i]! << 16) | ((key[i + 1] ?? 0) << 8) | (key[i + 2] ?? 0);
    for (const shift of [18, 12, 6, 0]) file[at++] = alphabet[(group >>> shift) & 63]!;
  }
  // 32 bytes are ten groups and two bytes: the last character is padding.
  file[at - 1] = padding;
  file[at] = newline;
  return file;
}

/**
 * The secret in an identity file's bytes, in one spelling only; the caller disposes it. `path` names the file in messages.
 *
 * @throws identity-file-malformed
 */
export function decodeIdentityFile(file: Uint8Array, path: string): Secret {
  if (!versionLine.every((byte, i) => file[i] === byte)) throw malformed(path, ofOtherVersion(file));
  if (file.length !== identityFileLength) {
    throw malformed(path, `has ${file.length} bytes; a whole one has ${identityFileLength}`);
  }
  const key = decodeKey(file.subarray(versionLine.length, versionLine.length + encodedLength));
  if (key === undefined || file[identityFileLength - 1] !== newline) {
    key?.fill(0);
    throw malformed(path, "has a second line that is not 32 bytes in base64");
  }
  return Secret.take(key);
}

/** A SessionError for a file that is no identity file; `what` completes "FILE ...". */
export function malformed(path: string, what: string): SessionError<"identity-file-malformed"> {
  return new SessionError(
    "identity-file-malformed",
    `${path} ${what}. Restore it from a backup, or make a new identity.`,
  );
}

function ofOtherVersion(file: Uint8Array): string {
  const end = file.indexOf(newline);
  const isOther =
    end > 0 && end < 40 && /^bowline-identity-v[1-9][0-9]*$/.test(asciiOf(file.subarray(0, end)));
  return isOther
    ? "is an identity file of another version than 1, which this release can't read: use a newer one"
    : "is no identity file: its first line is not the version line";
}

function asciiOf(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    return "";
  }
}

/** 44 characters to 32 bytes; undefined where they are no base64, or another spelling of it. */
function decodeKey(text: Uint8Array): Uint8Array | undefined {
  const key = new Uint8Array(secretLength);
  let faulty = text[encodedLength - 1] !== padding;
  let bits = 0;
  for (let i = 0; i < encodedLength - 1; i++) {
    const value = alphabet.indexOf(text[i]!);
    faulty ||= value < 0;
    bits = ((bits << 6) | (value & 63)) & 0xffff;
    if (i % 4 !== 0) key[i - 1 - Math.floor(i / 4)] = bits >>> (6 - 2 * (i % 4));
  }
  // The last character carries two bits more than 32 bytes have: zeros, or there would be four spellings.
  faulty ||= (bits & 3) !== 0;
  if (!faulty) return key;
  key.fill(0);
  return undefined;
}
