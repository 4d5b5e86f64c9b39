import { defaultMaxStreams } from "../streams/index.js";

/** Every number of the manager itself, its unit and its reason. Those of a session stand in `session/limits.ts` and `session/key-policy.ts`. */
export const managerDefaults = {
  /** ms. A phone on a bad network needs some seconds; a person waits no longer. */
  connectTimeout: 10_000,
  /** ms. Three messages over a path that may lose some, and a person who may have to be asked. */
  handshakeTimeout: 20_000,
  /** Half-open handshakes: what strangers can make this end hold at a time, each for at most the time above. */
  maxHandshakes: 256,
  /** Of those, what one address may hold: a sixteenth, so that it takes many of them to keep the others out. */
  maxHandshakesPerAddress: 16,
  /** Handshakes that may begin. In all: about half of one core's time with a hybrid suite. Of one address: an office behind one router. */
  handshakeRate: { perAddress: { burst: 64, perSecond: 16 }, total: { burst: 512, perSecond: 256 } },
  /** Addresses whose rate is remembered, about 200 bytes each. */
  handshakeAddresses: 4_096,
  /** ms. Longer than any packet lives on the way, shorter than anybody needs to come back for the key. */
  grace: 5_000,
  /** What one session holds for an application that does not fetch it. */
  inbox: { messages: 1_024, bytes: 4 * 1_048_576 },
  /** Streams that a peer may have open in one session: each may hold 262,144 bytes that nobody has read, and all together 8 MiB more. */
  maxStreams: defaultMaxStreams,
  /** Sessions that nobody has taken from an acceptor. */
  acceptQueue: 1_024,
  /** Lineages that a manager without a store holds so that they can be resumed, about 1 KiB each. */
  heldLineages: 4_096,
  /** Events that a slow reader may be behind. */
  eventCapacity: 1_024,
  /** ms that `drain` gives the sessions there are. What a supervisor gives a program between its two signals, usually. */
  drainTime: 30_000,
} as const;
