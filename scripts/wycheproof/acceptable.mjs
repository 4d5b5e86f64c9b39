// What bowline decides where Wycheproof leaves the choice. The first row whose type and flag match a test decides.

/** @typedef {"refused" | "value" | "either"} Decision */

/** @type {readonly { type: string, flag: string, decision: Decision, why: string }[]} */
export const acceptableRules = [
  {
    type: "XdhComp",
    flag: "ZeroSharedSecret",
    decision: "refused",
    why: "an all-zero shared secret is known to everybody (RFC 7748, sections 6.1 and 6.2)",
  },
  {
    type: "XdhComp",
    flag: "NonCanonicalPublic",
    decision: "refused",
    why: "a public key is an identity and has one spelling: no high bit, and a value below the prime",
  },
  {
    type: "XdhComp",
    flag: "LowOrderPublic",
    decision: "value",
    why: "points of low order give zeros and are decided above; the label also stands on ordinary points of X448, whose last bit X25519 would clear",
  },
  {
    type: "XdhComp",
    flag: "Twist",
    decision: "value",
    why: "both curves are secure on the twist, and half of all 32-byte strings lie there: the function is defined for them",
  },
];

/** @type {{ decision: Decision, why: string }} */
const otherwise = { decision: "either", why: "no rule of its own: refused, or the expected value" };

/** What must happen in `test` of a group of `type`. */
export function expectationOf(type, { result, flags = [] }) {
  if (type === "XdhComp" && flags.includes("ZeroSharedSecret")) return "refused";
  if (result === "valid") return "value";
  if (result === "invalid") return "refused";
  const rule = acceptableRules.find(row => row.type === type && flags.includes(row.flag)) ?? otherwise;
  return rule.decision;
}

/** The rules, for people. */
export function explain() {
  const line = ({ type, flag, decision, why }) => `${type}, ${flag}: ${decision}. ${why}.`;
  return [
    '"valid" must give the expected value, "invalid" must be refused. Where it is "acceptable", the first row that matches decides:',
    "",
    ...acceptableRules.map(line),
    line({ type: "any", flag: "any other", ...otherwise }),
    "",
    "Refused means: a SessionError with a code, a false from open or verify. Any other error has failed.",
    "",
  ].join("\n");
}
