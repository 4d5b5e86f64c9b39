import { SessionError } from "../errors/index.js";
import { endpointRole, protocolVersion, type Offer, type Retry } from "./offer.js";
import { suiteById, suites, type Suite, type SuiteName } from "./suites.js";

/**
 * The weakest protection that this end accepts. `hybrid` (the default): X25519 and ML-KEM-768 together. `classic`: X25519
 * alone is accepted as well.
 */
export type SuiteFloor = "hybrid" | "classic";

/** Whether `suite` is not below `floor`. */
export function meets(suite: Suite, floor: SuiteFloor): boolean {
  return suite.hybrid || floor === "classic";
}

/**
 * What an initiator offers: where the peer's key is known, IK before XX (a peer whose key has changed can then still be
 * asked for it, and is refused by the pin). With a classic floor, `prefer` says which kind comes first: no retry leads
 * from hybrid to classic.
 */
export function offeredSuites(
  peerKnown: boolean,
  floor: SuiteFloor,
  prefer: "hybrid" | "classic",
): readonly Suite[] {
  const kinds: Readonly<Record<"hybrid" | "classic", readonly SuiteName[]>> = {
    hybrid: peerKnown ? ["IKhfs", "XXhfs"] : ["XXhfs"],
    classic: peerKnown ? ["IK", "XX"] : ["XX"],
  };
  const order: readonly SuiteName[] =
    prefer === "hybrid" ? [...kinds.hybrid, ...kinds.classic] : [...kinds.classic, ...kinds.hybrid];
  return order.map(name => suites[name]).filter(suite => meets(suite, floor));
}

/** Refuses an offer of another version or to another kind of end. @throws suite-not-acceptable */
export function checkOffer(offer: Offer): void {
  if (!offer.versions.includes(protocolVersion)) {
    throw new SessionError(
      "suite-not-acceptable",
      `The peer speaks versions ${offer.versions.join(", ")} of the protocol; this end speaks ${protocolVersion}.`,
    );
  }
  if (offer.roles[0] !== endpointRole || offer.roles[1] !== endpointRole) {
    throw new SessionError(
      "suite-not-acceptable",
      `The offer is for another kind of session (roles ${offer.roles.join(", ")}).`,
    );
  }
}

/** The suite of the offer's first message, where this end accepts it. */
export function firstChoice(offer: Offer, floor: SuiteFloor): Suite | undefined {
  const suite = suiteById(offer.suites[0]!);
  return suite !== undefined && meets(suite, floor) ? suite : undefined;
}

/**
 * The one suite that a retry of this offer can name: the first acceptable XX after the front, never classic where the front
 * was hybrid. It follows from the offer and the responder's floor, so that the second offer leads to the same one.
 */
export function retryChoice(offer: Offer, floor: SuiteFloor): Suite | undefined {
  const front = suiteById(offer.suites[0]!);
  for (const id of offer.suites.slice(1)) {
    const suite = suiteById(id);
    if (suite === undefined || suite.pattern !== "XX" || !meets(suite, floor)) continue;
    if (front?.hybrid === true && !suite.hybrid) continue;
    return suite;
  }
  return undefined;
}

/**
 * The suite that the responder's retry asks of the initiator, if its offer and floor allow that.
 *
 * @throws downgrade-refused
 */
export function checkRetry(retry: Retry, offer: Offer, floor: SuiteFloor): Suite {
  const suite = suiteById(retry.suite);
  const tried = suiteById(offer.suites[0]!);
  const legal =
    retry.version === protocolVersion &&
    suite !== undefined &&
    suite.pattern === "XX" &&
    offer.suites.indexOf(suite.id) > 0 &&
    meets(suite, floor) &&
    !(tried?.hybrid === true && !suite.hybrid);
  if (!legal) {
    throw new SessionError(
      "downgrade-refused",
      "The answer asks for a handshake that this end has not offered or that is weaker than what was tried: it is refused.",
    );
  }
  return suite;
}
