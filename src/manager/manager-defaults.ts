/** Every number of the manager itself, its unit and its reason. Those of a session stand in `session/limits.ts` and `session/key-policy.ts`. */
export const managerDefaults = {
  /** ms. A phone on a bad network needs some seconds; a person waits no longer. */
  connectTimeout: 10_000,
  /** ms. Three messages over a path that may lose some, and a person who may have to be asked. */
  handshakeTimeout: 20_000,
  /** Half-open handshakes: what strangers can make this end hold at a time, each for at most the time above. */
  maxHandshakes: 256,
  /** ms. Longer than any packet lives on the way, shorter than anybody needs to come back for the key. */
  grace: 5_000,
  /** What one session holds for an application that does not fetch it. */
  inbox: { messages: 1_024, bytes: 4 * 1_048_576 },
  /** Sessions that nobody has taken from an acceptor. */
  acceptQueue: 1_024,
  /** Events that a slow reader may be behind. */
  eventCapacity: 1_024,
} as const;
