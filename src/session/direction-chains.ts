import type { Secret } from "../bytes/index.js";
import type { GenerationSecrets, Role } from "./key-schedule.js";

/** The chain secrets of a generation, rotation 0, as one end has them: 32 bytes each. */
export interface DirectionChains {
  /** Of what this end seals. */
  readonly own: Secret;
  readonly peer: Secret;
}

/** Those of an end that had that role in the Noise handshake. */
export function chainsOf({ initiatorChain, responderChain }: GenerationSecrets, role: Role): DirectionChains {
  return role === "initiator"
    ? { own: initiatorChain, peer: responderChain }
    : { own: responderChain, peer: initiatorChain };
}
