/** Bytes of the longest durable message: 1 MiB less what its frame says before it. */
export const maxDurableMessage = 2 ** 20 - 25;

/** Messages under way that the peer's application has not acknowledged. */
export const windowMessages = 256;

/** Bytes of them at which no more are sent: with the last one it can be twice as much. */
export const windowBytes = 2 ** 20;

/** Incarnations that a receiver remembers: a process that starts every hour is known for six weeks. Beyond, a fence stands for those that were forgotten. */
export const maxReceivedIncarnations = 1_024;

/** Incarnations whose messages may wait at a sender. */
export const maxWaitingIncarnations = 1_024;

/** Incarnations without messages that a sender remembers, to tell whether the peer has forgotten something. */
export const maxPastIncarnations = 64;
