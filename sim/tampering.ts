import type { Frame } from "./link.js";
import type { SeededRandom } from "../src/testing/seeded-random.js";

/** A copy with one bit changed, most often in front, where type, flags, nonce and tag stand. */
export function tamperedCopy(frame: Frame, random: SeededRandom): Frame {
  const bytes = Uint8Array.from(frame.bytes);
  const front = Math.min(random.chance(0.3) ? 2 : 32, bytes.length);
  const at = random.chance(0.7) ? random.below(front) : random.below(bytes.length);
  bytes[at] = bytes[at]! ^ (1 << random.below(8));
  return { ...frame, bytes, genuine: false, accepted: false };
}
