import { Reader, Writer } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";

/** Every limit of a session. Times in milliseconds, bytes as the application sees them. */
export const limitNames = [
  "age",
  "idle",
  "sentMessages",
  "receivedMessages",
  "sentBytes",
  "receivedBytes",
  "lineageAge",
] as const;
/** What a session is limited in. */
export type LimitName = (typeof limitNames)[number];

/** One limit. `warn` is below `max`: at `warn` it is told, at `max` the session refuses to send. Whole numbers, up to 2^53 - 1. */
export interface LimitEdges {
  /** Where `near-expiry` is told, and renewal begins: milliseconds, messages or bytes. */
  readonly warn: number;
  /** Where nothing more is sent: milliseconds, messages or bytes. */
  readonly max: number;
}

/** The limits of a session: all of them, checked. */
export type SessionLimits = Readonly<Record<LimitName, LimitEdges>>;

/** A limit as an application gives it: both edges, or the hard edge alone (the warning comes at 80 % then). */
export type LimitOption = number | LimitEdges;

const minute = 60_000;
const hour = 60 * minute;

/** At which part of the hard edge the warning comes where an application gives the hard edge alone. */
const warningThreshold = 0.8;

/**
 * What holds where an application says nothing. For comparison: WireGuard rekeys after 120 s and gives up after 180 s, or after
 * 2^60 messages.
 */
export const defaultLimits: SessionLimits = {
  /** Fresh authentication of both static keys each hour: a stolen session is worth no more than that. */
  age: { warn: 48 * minute, max: hour },
  /** A day: a phone in a drawer comes back to its session, a forgotten socket does not live for ever. */
  idle: { warn: 20 * hour, max: 24 * hour },
  /** Far below the counter's end; the cost of a renewal is nothing against 2^40 messages. */
  sentMessages: { warn: 3 * 2 ** 38, max: 2 ** 40 },
  receivedMessages: { warn: 3 * 2 ** 38, max: 2 ** 40 },
  /** 2^50 bytes is weeks at 10 Gbit/s: only what is broken gets there within one session's age. */
  sentBytes: { warn: 3 * 2 ** 48, max: 2 ** 50 },
  receivedBytes: { warn: 3 * 2 ** 48, max: 2 ** 50 },
  /** Thirty days: then the full handshake, with its policy and its pins, has to be done again. */
  lineageAge: { warn: 29 * 24 * hour, max: 30 * 24 * hour },
};

/** The limits that an application asks for, over the defaults. @throws invalid-argument */
export function checkedLimits(options: Partial<Record<LimitName, LimitOption>> = {}): SessionLimits {
  const limit = (name: LimitName): LimitEdges => {
    const option = options[name] ?? defaultLimits[name];
    const edges =
      typeof option === "number" ? { warn: Math.floor(option * warningThreshold), max: option } : option;
    return checkedEdges(name, { warn: Math.floor(edges.warn), max: Math.floor(edges.max) });
  };
  return {
    age: limit("age"),
    idle: limit("idle"),
    sentMessages: limit("sentMessages"),
    receivedMessages: limit("receivedMessages"),
    sentBytes: limit("sentBytes"),
    receivedBytes: limit("receivedBytes"),
    lineageAge: limit("lineageAge"),
  };
}

function checkedEdges(name: LimitName, edges: LimitEdges): LimitEdges {
  const { warn, max } = edges;
  if (Number.isSafeInteger(warn) && Number.isSafeInteger(max) && warn >= 0 && warn < max) return edges;
  throw new SessionError(
    "invalid-argument",
    `The limit ${name} warns at ${warn} and ends at ${max}: both must be whole numbers, the first below the second.`,
  );
}

/** What one end calls sent is received at the other. */
const atTheOtherEnd: Readonly<Record<LimitName, LimitName>> = {
  age: "age",
  idle: "idle",
  sentMessages: "receivedMessages",
  receivedMessages: "sentMessages",
  sentBytes: "receivedBytes",
  receivedBytes: "sentBytes",
  lineageAge: "lineageAge",
};

/** What holds for a session whose ends ask for `own` and `peer`: each edge the smaller of the two. Edges that are `own`'s are the same objects: most sessions share them. */
export function stricterLimits(own: SessionLimits, peer: SessionLimits): SessionLimits {
  return stricter(own, name => peer[atTheOtherEnd[name]]);
}

/** As `stricterLimits`, where both are what this end counts. */
export function stricterOwn(own: SessionLimits, other: SessionLimits): SessionLimits {
  return stricter(own, name => other[name]);
}

function stricter(own: SessionLimits, other: (name: LimitName) => LimitEdges): SessionLimits {
  const limit = (name: LimitName): LimitEdges => {
    const [ours, theirs] = [own[name], other(name)];
    if (ours.max <= theirs.max && ours.warn <= theirs.warn) return ours;
    const max = Math.min(ours.max, theirs.max);
    return { warn: Math.min(ours.warn, theirs.warn, max - 1), max };
  };
  return {
    age: limit("age"),
    idle: limit("idle"),
    sentMessages: limit("sentMessages"),
    receivedMessages: limit("receivedMessages"),
    sentBytes: limit("sentBytes"),
    receivedBytes: limit("receivedBytes"),
    lineageAge: limit("lineageAge"),
  };
}

/** Bytes of encoded limits. */
export const encodedLimitsLength = 16 * limitNames.length;

/** The limits as the peer is told them: warning and hard edge of each in the order of `limitNames`, 112 bytes. */
export function encodeLimits(limits: SessionLimits): Uint8Array {
  const writer = new Writer();
  for (const name of limitNames) writer.u64(BigInt(limits[name].warn)).u64(BigInt(limits[name].max));
  return writer.finish();
}

/** Reads a peer's limits. @throws frame-malformed where an edge is over 2^53 - 1, or a warning is not below its hard edge */
export function decodeLimits(bytes: Uint8Array): SessionLimits {
  const reader = new Reader(bytes, "frame-malformed", "peer's limits");
  const limit = (): LimitEdges => {
    const [warn, max] = [reader.u64(), reader.u64()];
    if (max > BigInt(Number.MAX_SAFE_INTEGER) || warn >= max)
      reader.fail("have a warning that is not below its hard edge");
    return { warn: Number(warn), max: Number(max) };
  };
  const [age, idle, sentMessages, receivedMessages] = [limit(), limit(), limit(), limit()];
  const [sentBytes, receivedBytes, lineageAge] = [limit(), limit(), limit()];
  reader.end();
  return { age, idle, sentMessages, receivedMessages, sentBytes, receivedBytes, lineageAge };
}
