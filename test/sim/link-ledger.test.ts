import { describe, expect, it } from "vitest";
import { LinkLedger } from "../../sim/link-ledger.js";
import { Findings } from "../../sim/violation.js";

function sentThree(ordered: boolean) {
  const findings = new Findings(() => 0);
  const ledger = new LinkLedger(9, ordered, findings);
  const messages = [0, 1, 2].map(ahead => ledger.compose(0, ahead));
  ledger.sent(0, 3);
  return { findings, ledger, messages };
}

describe("the ledger of a link", () => {
  it("is content where everything comes once and in order", () => {
    const { findings, ledger, messages } = sentThree(true);
    for (const message of messages) ledger.received(1, message);
    expect(ledger.complete(1)).toBe(true);
    expect(findings.first).toBeUndefined();
  });

  it("finds what comes twice, out of order, changed, too early, or back to its sender", () => {
    const found = (ordered: boolean, give: (ledger: LinkLedger, messages: Uint8Array[]) => void): string => {
      const { findings, ledger, messages } = sentThree(ordered);
      give(ledger, messages);
      return findings.first?.message ?? "";
    };
    expect(found(false, (ledger, [first]) => [0, 1].map(() => ledger.received(1, first!)))).toMatch(/twice/);
    expect(found(true, (ledger, [, second]) => ledger.received(1, second!))).toMatch(/where 0 is the next/);
    expect(
      found(false, (ledger, [, second]) =>
        ledger.received(
          1,
          Uint8Array.from(second!, (byte, i) => (i === 9 ? byte ^ 1 : byte)),
        ),
      ),
    ).toMatch(/not sent/);
    expect(found(false, ledger => ledger.received(1, ledger.compose(0)))).toMatch(/not sent/);
    expect(found(false, (ledger, [first]) => ledger.received(0, first!))).toMatch(/not sent/);
  });

  it("says in good weather whether what was due has come", () => {
    const { ledger, messages } = sentThree(false);
    expect(ledger.checkDelivery(1)).toBe(true);
    for (const message of messages.slice(0, 2)) ledger.received(1, message);
    expect(ledger.checkDelivery(1)).toBe(false);
    ledger.received(1, messages[2]!);
    expect(ledger.checkDelivery(1)).toBe(true);
  });
});
