import type { AcceptPolicy } from "./accept-policy.js";
import type { ConnectOptions } from "./manager-options.js";

/**
 * Whom to expect at the other end of a thing that is there already. `peer` or `trust`: this end begins the handshake, as with
 * `connect`. `allow`: the other end begins, as with `accept`.
 */
export type AttachOptions = (
  | ConnectOptions
  | {
      readonly allow: AcceptPolicy;
      readonly peer?: never;
      readonly trust?: never;
      readonly signal?: AbortSignal;
    }
) & {
  /** What the far end is called, and for `allow` the address whose share of handshakes it counts for. Default: what the thing itself says. */
  readonly remote?: string;
};
