/** Where a process of an end can be made to stop, in the midst of what it does. */
export const killPoints = [
  "before a store write",
  "after a store write",
  "before a session is kept",
  "after a session is kept",
  "before a frame",
  "after a frame",
  "before an acknowledgement",
  "after an acknowledgement",
] as const;
export type KillPoint = (typeof killPoints)[number];

/** What a process of an end is started with. */
export interface EndConfig {
  /** `a` connects, `b` listens. */
  readonly end: "a" | "b";
  /** The secret key of the end, and the public one of its peer, in hexadecimal. */
  readonly secretKey: string;
  readonly peer: string;
  /** How its manager keeps sessions. */
  readonly persist: "resume" | "full";
  /** Where its store is. */
  readonly folder: string;
  /** Of `b`. */
  readonly port: number;
  /** What was sealed, and what was delivered, is appended here. */
  readonly sealLog: string;
  readonly deliveryLog: string;
  /** Of the digests in the log, in hexadecimal. */
  readonly digestKey: string;
}

/** What the run tells a process. */
export type Order =
  | { readonly do: "talk" | "rest" | "count" | "leave" }
  /** Stop at the `after`th time that this point is passed from now on. */
  | { readonly do: "die"; readonly at: KillPoint; readonly after: number };

/** What a process answers to `count`: how many messages each life has sent, and how many of the peer's lives have come, in order. */
export interface Count {
  /** The name of the process. */
  readonly life: string;
  readonly sent: Readonly<Record<string, number>>;
  readonly got: Readonly<Record<string, number>>;
  /** What did not come in its turn: after message `last` of that life came `number`. */
  readonly jumps: readonly { readonly from: string; readonly last: number; readonly number: number }[];
  /** Events that tell of a rollback, a clone or a loss. */
  readonly alarms: Readonly<Record<string, number>>;
  /** The same in full, and what has ended a channel but another process. */
  readonly told: readonly string[];
}
