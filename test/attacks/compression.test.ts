import { expect, it } from "vitest";
import { recordOverhead } from "../../src/record/index.js";
import type { SessionManagerOptions } from "../../src/manager/index.js";
import { at, establishedPair, exchange, seededRandom } from "../session/machine-pair.js";

/** CRIME, ws #1848: what is compressed before it is sealed tells by its length what it holds. Nothing here compresses. */
const length = 10_000;
const headerLength = 2;
const plaintexts = {
  "one byte again and again": new Uint8Array(length).fill(0x61),
  "the same words again and again": new TextEncoder()
    .encode("secret=".repeat(length / 5))
    .subarray(0, length),
  "random bytes": seededRandom(41)(length),
};

it.each(Object.entries(plaintexts))(
  "X41 a frame and a record are as long as their plaintext and what is fixed: %s",
  (_, plaintext) => {
    for (const delivery of ["ordered", "datagram"] as const) {
      const { initiator, responder } = establishedPair({ both: { delivery } });
      initiator.machine.send(plaintext, at(2));
      initiator.collect(at(2));
      expect(initiator.frames.map(frame => frame.length)).toEqual([headerLength + recordOverhead + length]);
      exchange({ initiator, responder });
      expect(responder.messages).toEqual([plaintext]);
      expect(initiator.machine.encrypt(plaintext, at(2))).toHaveLength(recordOverhead + length);
      const batch = [plaintext, plaintext];
      expect(initiator.machine.encryptBatch(batch, at(2))).toHaveLength(
        headerLength + recordOverhead + 2 * (4 + length),
      );
    }
  },
);

it("X41 no option asks for compression: the compiler knows all names", () => {
  type Named = Extract<keyof SessionManagerOptions, `${string}${"ompress" | "eflate" | "zip"}${string}`>;
  const none: [Named] extends [never] ? true : false = true;
  expect(none).toBe(true);
});
