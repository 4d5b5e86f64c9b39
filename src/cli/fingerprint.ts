import { createHash } from "node:crypto";
import type { PeerId } from "../index.js";

/** A short name of a public key, to be compared by eye or read out: SHA-256 in base64, as SSH has it. */
export function fingerprintOf(id: PeerId): string {
  const digest = createHash("sha256").update(Buffer.from(id, "hex")).digest("base64");
  return `SHA256:${digest.replace(/=+$/, "")}`;
}
