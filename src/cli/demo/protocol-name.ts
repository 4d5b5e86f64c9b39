import { nodeProvider } from "../../crypto/node-provider.js";
import type { SuiteName } from "../../index.js";
import { suites } from "../../session/index.js";
import { suiteProtocol } from "../../session/suites.js";

/** The Noise protocol name of a suite. */
export function protocolName(suite: SuiteName): string {
  return suiteProtocol(suites[suite], nodeProvider).name;
}
