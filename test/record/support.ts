import { aeadKeyByParts } from "../../src/crypto/index.js";
import { nobleProvider } from "../../src/crypto/noble-provider.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { Secret } from "../../src/bytes/index.js";
import { SessionError, type ErrorCode } from "../../src/errors/index.js";
import {
  FrameOpener,
  FrameSealer,
  RecordOpener,
  RecordSealer,
  type Ordering,
  type RecordCrypto,
} from "../../src/record/index.js";

/** The seed of all properties here: a failure prints its path. */
export const seed = 20261124;
export const providers = [nodeProvider, nobleProvider];
export const bare = new Uint8Array(0);
export const sessionId = new Uint8Array(32).fill(0xa5);
export const hour = 3_600_000;

export const at = (monotonic: number): { readonly monotonic: number } => ({ monotonic });
export const start = at(0);

/** A chain secret: the same for the same `direction`. */
export const chainSecret = (direction = 1): Secret => Secret.take(new Uint8Array(32).fill(direction));

/** The code of the SessionError that `act` throws; anything else it throws, or nothing, fails the test. */
export function codeOf(act: () => unknown): ErrorCode {
  try {
    act();
  } catch (error) {
    if (SessionError.is(error)) return error.code;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** The message of the SessionError that `act` throws. */
export function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (SessionError.is(error)) return error.message;
    throw error;
  }
  throw new Error("nothing was thrown");
}

export interface PairOptions {
  readonly provider?: RecordCrypto;
  readonly openerProvider?: RecordCrypto;
  readonly ordering?: Ordering;
  readonly grace?: number;
  readonly generation?: number;
  readonly firstCounter?: bigint;
  readonly direction?: number;
  readonly sessionId?: Uint8Array;
}

/** Both ends of one direction. */
export function pair(options: PairOptions = {}) {
  const {
    provider = nodeProvider,
    ordering = "in-order",
    grace = 1000,
    generation = 0,
    firstCounter = 1n,
  } = options;
  const direction = options.direction ?? 1;
  const sealer = new RecordSealer({
    provider,
    chainSecret: chainSecret(direction),
    generation,
    firstCounter,
  });
  const opener = new RecordOpener({
    provider: options.openerProvider ?? provider,
    chainSecret: chainSecret(direction),
    generation,
    ordering,
    grace,
    firstCounter,
  });
  const frames = { sessionId: options.sessionId ?? sessionId, ordering };
  const frameSealer = new FrameSealer({ sealer, ...frames });
  const frameOpener = new FrameOpener({ opener, ...frames });
  return { sealer, opener, frameSealer, frameOpener };
}

export interface Derived {
  readonly info: string;
  readonly bytes: Uint8Array;
}

export interface KeyUse {
  disposed: boolean;
  /** The buffer given to the last `open`. */
  plaintext?: Uint8Array;
}

/** A provider that takes note of what is derived, which keys are made and erased, and what is opened. */
export function watched(provider: RecordCrypto = nodeProvider) {
  const derived: Derived[] = [];
  const keys: KeyUse[] = [];
  const tagLengths = new Set<number>();
  let opens = 0;
  const crypto: RecordCrypto = {
    hash: provider.hash,
    hkdf: (hash, ikm, salt, info, length) => {
      const bytes = provider.hkdf(hash, ikm, salt, info, length);
      derived.push({ info: new TextDecoder().decode(info), bytes });
      return bytes;
    },
    aead: {
      name: provider.aead.name,
      key: bytes => {
        const inner = provider.aead.key(bytes);
        const use: KeyUse = { disposed: false };
        keys.push(use);
        return aeadKeyByParts({
          seal: inner.seal.bind(inner),
          open: (nonce, associatedData, ciphertext, tag, plaintext) => {
            opens++;
            tagLengths.add(tag.length);
            use.plaintext = plaintext;
            return inner.open(nonce, associatedData, ciphertext, tag, plaintext);
          },
          dispose: () => {
            use.disposed = true;
            inner.dispose();
          },
        });
      },
    },
  };
  return {
    crypto,
    derived,
    keys,
    tagLengths,
    liveKeys: (): number => keys.filter(use => !use.disposed).length,
    /** Chain secrets and raw record keys that have not been overwritten with zeros. */
    liveSecrets: (): string[] =>
      derived.filter(({ bytes }) => bytes.some(byte => byte !== 0)).map(({ info }) => info),
    opens: (): number => opens,
  };
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A copy of `bytes` with one bit changed. */
export function flipped(bytes: Uint8Array, byte: number, bit = 0): Uint8Array {
  const copy = bytes.slice();
  copy[byte]! ^= 1 << bit;
  return copy;
}

/** A copy of a record with another counter and, if given, another epoch. */
export function renumbered(record: Uint8Array, counter: bigint, epoch?: number): Uint8Array {
  const copy = record.slice();
  const view = new DataView(copy.buffer);
  view.setBigUint64(0, counter, true);
  if (epoch !== undefined) view.setUint32(8, epoch, true);
  return copy;
}
