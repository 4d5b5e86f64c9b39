import { SessionError } from "../errors/index.js";
import type { Connection, Connector, Listener } from "../ports/index.js";
import {
  MemoryConnection,
  memorySettings,
  type MemoryOptions,
  type MemorySettings,
} from "./memory-connection.js";

/** Takes connections from connectors that were made for it, in the same process. */
export class MemoryListener implements Listener {
  /** Where connectors find it. */
  readonly address: string;
  readonly #settings: MemorySettings;
  #onConnection: ((connection: Connection) => void) | undefined;
  #taken = 0;

  /** `address` is for people; two listeners may have the same. @throws invalid-argument */
  constructor(address: string, options: MemoryOptions) {
    this.address = address;
    this.#settings = memorySettings(options);
  }

  listen(onConnection: (connection: Connection) => void): Promise<string> {
    return new Promise(resolve => {
      if (this.#onConnection !== undefined) {
        throw new SessionError("listen-failed", `${this.address} is already listening: close it first.`);
      }
      this.#onConnection = onConnection;
      resolve(this.address);
    });
  }

  close(): Promise<void> {
    this.#onConnection = undefined;
    return Promise.resolve();
  }

  /** @throws connect-failed, aborted */
  connect(signal: AbortSignal): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        const message = `Connecting to ${this.address} was aborted.`;
        reject(new SessionError("aborted", message, { cause: signal.reason }));
      };
      if (signal.aborted) {
        abort();
        return;
      }
      signal.addEventListener("abort", abort, { once: true });
      this.#settings.schedule(() => {
        signal.removeEventListener("abort", abort);
        if (signal.aborted) return;
        const accept = this.#onConnection;
        if (accept === undefined) {
          const message = `Nobody listens at ${this.address}: start the other side first.`;
          reject(new SessionError("connect-failed", message));
          return;
        }
        const connector = `${this.address}#${++this.#taken}`;
        const [near, far] = MemoryConnection.pair([this.address, connector], this.#settings);
        resolve(near);
        accept(far);
      });
    });
  }
}

/** Connects to `listener`, as long as it listens. */
export function memoryConnector(listener: MemoryListener): Connector {
  return { remote: listener.address, connect: signal => listener.connect(signal) };
}
