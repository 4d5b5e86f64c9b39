import { SessionError } from "../errors/index.js";
import {
  DurableReceiver,
  DurableSender,
  incarnation,
  incarnationLength,
  type DeliveredState,
  type Incarnation,
  type SentIncarnation,
} from "../outbox/index.js";
import type { Store, StoredValue } from "../ports/index.js";
import { decodeInbox, decodeOutboxHead, inboxCodec, outboxHeadCodec } from "./durable-codec.js";
import { DurableNames } from "./durable-names.js";
import type { Fence } from "./fence.js";
import { openFence } from "./fence.js";
import { sealedName, type Seal } from "./seal.js";

/** A durable channel as the store has it, opened under a fence of its own. */
export interface LoadedChannel {
  readonly names: DurableNames;
  readonly fence: Fence;
  readonly sender: DurableSender;
  readonly receiver: DurableReceiver;
  readonly headVersion: string | undefined;
  readonly inboxVersion: string | undefined;
}

/**
 * Opens what the store has of the durable channel with `peer` (64 hexadecimal digits): whoever had it open is overtaken.
 *
 * @throws snapshot-invalid, nonce-exhausted, what the store throws
 */
export async function loadChannel(store: Store, seal: Seal, peer: string): Promise<LoadedChannel> {
  const names = new DurableNames(peer);
  const fence = await openFence(store, seal, names.fence);
  const head = await store.get(names.head);
  const inbox = await store.get(names.inbox);
  const sent = head === undefined ? [] : decodeOutboxHead(opened(seal, names.head, outboxHeadCodec, head));
  const received: DeliveredState =
    inbox === undefined
      ? { floor: 0n, delivered: [] }
      : decodeInbox(opened(seal, names.inbox, inboxCodec, inbox));
  const messages = await messageRanges(store, names, sent);
  // Whoever has overtaken this opening writes while it reads.
  if (messages === undefined) throw await overtakenOr(fence, torn);
  const present = newIncarnation(seal, fence);
  return {
    names,
    fence,
    sender: new DurableSender(
      sent.map(entry => ({ ...entry, messages: messages.get(entry.incarnation.hex) })),
      present,
    ),
    receiver: new DurableReceiver(received),
    headVersion: head?.version,
    inboxVersion: inbox?.version,
  };
}

/** A new incarnation under `fence`. */
export function newIncarnation(seal: Seal, { fence }: Fence): Incarnation {
  return incarnation(seal.random(incarnationLength), fence);
}

function opened(seal: Seal, name: string, codec: number, { bytes }: StoredValue): Uint8Array {
  return seal.open(sealedName(name, codec), bytes);
}

const torn = "The stored outbox has messages that its head does not know, or lacks some: it is not used.";

interface Range {
  readonly first: bigint;
  readonly last: bigint;
}

/** Of each incarnation the messages that are there; undefined where they do not fit the head. */
async function messageRanges(
  store: Store,
  names: DurableNames,
  sent: readonly SentIncarnation[],
): Promise<Map<string, Range> | undefined> {
  const ranges = new Map<string, Range>();
  const acknowledged = new Map(sent.map(entry => [entry.incarnation.hex, entry.acknowledged]));
  for await (const { name } of store.entries(names.outbox)) {
    if (name === names.head) continue;
    const row = names.parseRow(name);
    const begin = row && acknowledged.get(row.hex);
    if (row === undefined || begin === undefined) return undefined;
    const before = ranges.get(row.hex);
    if (before === undefined ? row.seq > begin + 1n : row.seq !== before.last + 1n) return undefined;
    ranges.set(row.hex, { first: before?.first ?? row.seq, last: row.seq });
  }
  return ranges;
}

/** What is wrong: `why`, but for a reader that was overtaken. */
async function overtakenOr(fence: Fence, why: string): Promise<unknown> {
  const conflict = new SessionError("store-conflict", why);
  const explained = await fence.explain(conflict);
  return explained === conflict ? new SessionError("snapshot-invalid", why) : explained;
}
