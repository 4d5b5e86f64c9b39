import { createHash } from "node:crypto";
import { afterEach } from "vitest";
import {
  anyone,
  Identity,
  SessionManager,
  type ByteStream,
  type Session,
  type SessionManagerOptions,
} from "../../src/manager/index.js";
import { tcp, tcpListener } from "../../src/transports/tcp.js";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Done after the test, last first. */
export function afterwards(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup);
}

/** Two sessions over TCP on this machine. */
export async function tcpPair(
  options: { a?: Partial<SessionManagerOptions>; b?: Partial<SessionManagerOptions> } = {},
): Promise<{ alice: Session; bob: Session }> {
  const end = (own: Partial<SessionManagerOptions> | undefined) => {
    const identity = Identity.generate();
    const manager = new SessionManager({ ...own, identity });
    afterwards(() => manager.close());
    return { identity, manager };
  };
  const [a, b] = [end(options.a), end(options.b)];
  const acceptor = await b.manager.accept(tcpListener(), { allow: anyone });
  const [alice, bob] = await Promise.all([
    a.manager.connect(tcp(acceptor.address), { peer: b.identity.id }),
    acceptor.next(),
  ]);
  return { alice, bob: bob! };
}

/** One stream, as both ends have it. */
export async function streamPair(from: Session, to: Session, label = ""): Promise<[ByteStream, ByteStream]> {
  const near = from.openStream({ label });
  return [near, (await to.acceptStream())!];
}

export async function readAll(readable: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of readable) parts.push(part);
  return Uint8Array.from(Buffer.concat(parts));
}

/** Writes `bytes` in chunks, and ends. */
export async function writeAll(
  writable: WritableStream<Uint8Array>,
  bytes: Uint8Array,
  chunk = 50_000,
): Promise<void> {
  const writer = writable.getWriter();
  for (let at = 0; at < bytes.length; at += chunk) {
    await writer.ready;
    void writer.write(bytes.subarray(at, at + chunk)).catch(() => undefined);
  }
  await writer.close();
}

export function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The same bytes for the same seed. */
export function someBytes(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
