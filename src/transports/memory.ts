import type { Connection } from "../ports/index.js";
import { MemoryConnection, memorySettings, type MemoryOptions } from "./memory-connection.js";
import { MemoryListener } from "./memory-listener.js";

export type { MemoryOptions, Schedule } from "./memory-connection.js";
export { memoryConnector, type MemoryListener } from "./memory-listener.js";

/**
 * Two ends of one connection in memory: what is written at one is delivered at the other, copied, never before `write` has
 * returned.
 *
 * @throws invalid-argument
 */
export function memoryPair(options: MemoryOptions = {}): [Connection, Connection] {
  return MemoryConnection.pair(["memory://b", "memory://a"], memorySettings(options));
}

/**
 * A listener in memory. Hand it to `memoryConnector` to reach it; the options are those of each connection.
 *
 * @throws invalid-argument
 */
export function memoryListener(options: MemoryOptions & { readonly address?: string } = {}): MemoryListener {
  return new MemoryListener(options.address ?? "memory://listener", options);
}
