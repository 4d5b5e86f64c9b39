/// <reference lib="esnext.disposable" preserve="true" />
import { SessionError } from "../errors/index.js";

const inspectCustom = Symbol.for("nodejs.util.inspect.custom");

/**
 * Bytes that never print. Whoever holds a Secret disposes it: then the bytes are zeros and every use throws.
 * The engine may have copied them elsewhere; what is promised is in THREAT-MODEL, "Memory".
 */
export class Secret {
  #bytes: Uint8Array | undefined;
  /** In bytes; stays after `dispose`. */
  readonly length: number;

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.length = bytes.length;
  }

  /** Takes ownership of `bytes` (any length): the caller must not keep, read or write them. */
  static take(bytes: Uint8Array): Secret {
    return new Secret(bytes);
  }

  /** Copies `bytes` (any length): the caller's remain the caller's to erase. */
  static copy(bytes: Uint8Array): Secret {
    return new Secret(Uint8Array.from(bytes));
  }

  /**
   * The bytes themselves, not a copy: do not keep them past the call that needs them.
   *
   * @throws secret-disposed
   */
  expose(): Uint8Array {
    if (this.#bytes === undefined) {
      throw new SessionError(
        "secret-disposed",
        "This secret has been erased: make a new one, or use it before it is disposed.",
      );
    }
    return this.#bytes;
  }

  /** Whether `dispose` has been called: the bytes are gone. */
  get disposed(): boolean {
    return this.#bytes === undefined;
  }

  /** Overwrites the bytes with zeros. What copied them before is not reached. Again: nothing. */
  dispose(): void {
    this.#bytes?.fill(0);
    this.#bytes = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  toString(): string {
    return `[Secret: ${this.length} bytes]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspectCustom](): string {
    return this.toString();
  }
}

/** A copy of `secret`, which remains its owner's; the caller disposes the copy. @throws secret-disposed */
export function copySecret(secret: Secret): Secret {
  return Secret.copy(secret.expose());
}
