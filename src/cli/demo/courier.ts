import type { CourierFacts } from "./demo-facts.js";
import type { OpenReport } from "./process-calls.js";
import type { EndProcess, Stage } from "./stage.js";

/**
 * The dialer seals a record, and this process carries it to the listener, by a way of its own, as it likes. The session goes on
 * after each refusal: who carries records by himself knows his way, and what to make of a bad one.
 */
export async function courier({ narrator, dialer, listener }: Stage, session: string): Promise<CourierFacts> {
  const text = "Pay 10 to Anna.";
  const record = await dialer.call("seal", { session, text });
  narrator.say("dialer", `seals a record of ${record.length} bytes and gives it to the courier`);

  const changed = Uint8Array.from(record);
  changed[changed.length - 1]! ^= 0x01;
  const hand = async (what: string, to: EndProcess, bytes: Uint8Array): Promise<OpenReport> => {
    narrator.say("courier", what);
    const report = await to.call("open", { session, record: bytes });
    if ("text" in report) narrator.say(to.role, `opens it: ${report.text}`);
    return report;
  };
  return {
    text,
    tampered: await hand("flips one bit and hands it to the listener", listener, changed),
    genuine: await hand("hands over the record as it was", listener, record),
    replayed: await hand("hands it over a second time", listener, record),
    reflected: await hand("hands it back to the dialer, as if the listener had sealed it", dialer, record),
  };
}
