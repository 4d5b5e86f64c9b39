import { defaultProvider } from "#default-provider";
import { Secret } from "bowline";
import { RecordOpener, RecordSealer } from "bowline/hazmat";
import { ascii, equal, filled, hex, test, throwsCode } from "./harness.js";

const associatedData = ascii("ad");
const now = { monotonic: 0 };

/** One direction: both ends begin with the same chain secret. */
function direction(value: number, ordering: "in-order" | "out-of-order"): [RecordSealer, RecordOpener] {
  const begin = () => ({
    provider: defaultProvider,
    chainSecret: Secret.take(filled(32, value)),
    generation: 0,
  });
  return [new RecordSealer(begin()), new RecordOpener({ ...begin(), ordering, grace: 1000 })];
}

test("records travel both ways, over a rotation", () => {
  for (const [sealer, opener] of [direction(1, "in-order"), direction(2, "in-order")]) {
    const first = sealer.seal(ascii("hello"), associatedData);
    equal(first.subarray(0, 12), hex("010000000000000000000000"));
    equal(opener.open(first, associatedData, now), ascii("hello"));
    sealer.rotate();
    equal(opener.open(sealer.seal(ascii("again"), associatedData), associatedData, now), ascii("again"));
    equal(opener.epoch, 1);
  }
});

test("a record of the longest size travels", () => {
  const [sealer, opener] = direction(3, "in-order");
  const plaintext = filled(1_048_576, 0x5a);
  equal(opener.open(sealer.seal(plaintext, associatedData), associatedData, now), plaintext);
  throwsCode("plaintext-too-large", () => sealer.seal(filled(1_048_577, 0), associatedData));
});

test("a record that was changed, replayed or reflected is refused", () => {
  const [sealer, opener] = direction(4, "out-of-order");
  const [, reflected] = direction(5, "out-of-order");
  const record = sealer.seal(ascii("once"), associatedData);
  for (const index of [12, 27, record.length - 1]) {
    const changed = Uint8Array.from(record);
    changed[index]! ^= 1;
    throwsCode("record-forged", () => opener.open(changed, associatedData, now));
  }
  throwsCode("record-forged", () => opener.open(record, ascii("other"), now));
  throwsCode("record-forged", () => reflected.open(record, associatedData, now));
  equal(opener.open(record, associatedData, now), ascii("once"));
  throwsCode("record-replayed", () => opener.open(record, associatedData, now));
});
