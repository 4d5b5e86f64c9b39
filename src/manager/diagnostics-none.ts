import type { Diagnostics } from "../ports/index.js";

const silent = { hasSubscribers: false, publish: () => undefined } as const;

/** A platform on which nobody looks inside from without. */
export const platformDiagnostics: Diagnostics = {
  channel: () => silent,
  requested: () => undefined,
};
