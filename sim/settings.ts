import type { KeyPolicy, LimitName, LimitOption, SuiteFloor } from "../src/session/index.js";
import { SeededRandom } from "../src/testing/seeded-random.js";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** How one host is set up. */
export interface HostSettings {
  readonly limits: Partial<Record<LimitName, LimitOption>>;
  readonly keyPolicy: KeyPolicy;
  readonly autoRenew: boolean;
  readonly floor: SuiteFloor;
  readonly prefer: "hybrid" | "classic";
  readonly inbox: { readonly messages: number; readonly bytes: number };
  readonly clockRate: number;
  readonly stopsInSuspend: boolean;
  readonly wallError: number;
}

/** Two hosts that talk: the first connects. */
export interface PairSettings {
  readonly connects: number;
  readonly accepts: number;
  readonly delivery: "ordered" | "datagram";
  /** Milliseconds one way, at least. */
  readonly latency: number;
  /** Whether the peer's key is pinned: then the handshake is IK, else XX. */
  readonly pinned: boolean;
}

/** A run, as its seed has it. */
export interface Settings {
  readonly seed: number;
  readonly hours: number;
  readonly hosts: readonly HostSettings[];
  readonly pairs: readonly PairSettings[];
  /** Milliseconds for which older keys open records on datagrams. */
  readonly grace: number;
  /** Milliseconds between two messages of one end of one pair. */
  readonly sendInterval: number;
  /** Milliseconds between two turns of one end of one durable channel. */
  readonly durableInterval: number;
  /** Whether stores are put back. */
  readonly putsBack: boolean;
  /** Whether anything goes wrong at all. */
  readonly faults: boolean;
}

/** How often an application says something in a simulated hour, all pairs and both ways together; a batch is several messages. */
const turnsPerHour = 1_150;

/** How often an application makes something durable in a simulated hour, all pairs and both ways together. */
const durableTurnsPerHour = 100;

/** Everything that a seed decides beforehand. Limits are far below any default, so that all of them are met. */
export function settingsOf(seed: number, hours: number): Settings {
  const random = new SeededRandom(seed, "settings");
  const count = random.pick([2, 2, 2, 3, 3, 4]);
  const hybrid = random.chance(0.15);
  const renewing = random.chance(0.8);
  const hosts = Array.from({ length: count }, () => hostSettings(random, hybrid, renewing));
  const all: [number, number][] = [];
  for (let a = 0; a < count; a++)
    for (let b = a + 1; b < count; b++) all.push(random.chance(0.5) ? [a, b] : [b, a]);
  const pairs = all
    .filter(([a, b]) => count < 4 || Math.abs(a - b) !== 2)
    .map(([connects, accepts]) => pairSettings(random, connects, accepts));
  const ordered = pairs.filter(({ delivery }) => delivery === "ordered").length;
  return {
    seed,
    hours,
    durableInterval: (hour / durableTurnsPerHour) * 2 * ordered,
    putsBack: new SeededRandom(seed, "stores").chance(0.4),
    hosts,
    pairs,
    grace: random.pick([2, 5, 5, 10]) * second,
    sendInterval: (hour / turnsPerHour) * 2 * pairs.length,
    faults: !random.chance(0.1),
  };
}

function pairSettings(random: SeededRandom, connects: number, accepts: number): PairSettings {
  return {
    connects,
    accepts,
    delivery: random.chance(0.5) ? "ordered" : "datagram",
    latency: random.pick([1, 5, 20, 80, 300]),
    pinned: random.chance(0.5),
  };
}

function hostSettings(random: SeededRandom, hybrid: boolean, renewing: boolean): HostSettings {
  const floor = hybrid && random.chance(0.7) ? "hybrid" : "classic";
  return {
    limits: limitsOf(random, renewing),
    keyPolicy: {
      rotation: {
        records: random.pick([3, 8, 20, 100]),
        bytes: random.pick([2_000, 20_000, 2 ** 30]),
        time: random.pick([20 * second, 2 * minute, 10 * minute]),
      },
      generation: {
        rotations: random.pick([12, 32, 64]),
        time: random.pick([90 * second, 8 * minute, 30 * minute]) * (hybrid ? 2 : 1),
      },
    },
    autoRenew: renewing && random.chance(0.85),
    floor,
    prefer: hybrid ? "hybrid" : "classic",
    inbox: { messages: random.pick([4, 64, 1_024]), bytes: random.pick([4_096, 2 ** 22]) },
    clockRate: 1 + random.pick([0, 0.00005, -0.00005, 0.002, -0.002]),
    stopsInSuspend: random.chance(0.5),
    wallError: random.pick([0, -5 * minute, 3 * hour, -24 * hour]),
  };
}

/** Windows between the edges are wide enough that whoever renews at the warning is in time. */
function limitsOf(random: SeededRandom, renewing: boolean): Partial<Record<LimitName, LimitOption>> {
  const limits: Partial<Record<LimitName, LimitOption>> = {};
  const age = random.pick([6 * minute, 30 * minute, 2 * hour, undefined]);
  if (age !== undefined) limits.age = { warn: Math.floor(age / 2), max: age };
  // Where nobody renews, sessions come to the very edge of what may be sent.
  const messages = renewing ? random.pick([250, 1_000, 4_000, undefined]) : random.pick([60, 100, 250]);
  if (messages !== undefined) limits.sentMessages = { warn: Math.floor(messages / 2), max: messages };
  const received = random.pick([250, 1_000, undefined, undefined]);
  if (received !== undefined) limits.receivedMessages = { warn: Math.floor(received / 2), max: received };
  const bytes = random.pick([200_000, undefined, undefined]);
  if (bytes !== undefined) limits.sentBytes = { warn: Math.floor(bytes / 2), max: bytes };
  const idle = random.pick([2 * minute, 10 * minute, undefined]);
  if (idle !== undefined) limits.idle = { warn: Math.floor(idle / 2), max: idle };
  const lineage = random.pick([20 * minute, 2 * hour, 12 * hour, undefined]);
  if (lineage !== undefined) limits.lineageAge = { warn: Math.floor(lineage * 0.9), max: lineage };
  return limits;
}
