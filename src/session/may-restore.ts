import type { Instant } from "../ports/index.js";
import { stricterOwn, limitNames, type SessionLimits } from "./limits.js";
import { meets, type SuiteFloor } from "./negotiation.js";
import type { RestorableSession, RestorationState } from "./restoration-state.js";
import { elapsed } from "./lifetime.js";
import { lineageLeftAt } from "./resumption-state.js";
import { suites } from "./suites.js";

/** Whether this end may carry on with a session that it has kept: its suite is not below the floor, and no limit, as agreed or as asked for now, has reached its hard edge. */
export function mayRestore(
  state: RestorationState,
  session: RestorableSession,
  floor: SuiteFloor,
  limits: SessionLimits,
  now: Instant,
): boolean {
  if (!meets(suites[state.suite], floor) || lineageLeftAt(state, now) < 1) return false;
  const since = elapsed(state.at, now);
  const used = { ...session.used, age: session.age + since, idle: session.idle + since, lineageAge: 0 };
  const holding = stricterOwn(session.limits, limits);
  return limitNames.every(name => used[name] < holding[name].max);
}
