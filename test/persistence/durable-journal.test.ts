import { describe, expect, it } from "vitest";
import { incarnation, type SentIncarnation } from "../../src/outbox/index.js";
import { DurableJournal, type JournalEvents } from "../../src/persistence/durable-journal.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { seal } from "./seals.js";

const peer = "ab".repeat(32);
const quiet: JournalEvents = { changed: () => undefined, failed: () => undefined, delayed: () => undefined };
const announced: SentIncarnation = {
  incarnation: incarnation(new Uint8Array(16).fill(9), 5n),
  acknowledged: 0n,
  last: 0n,
};

/** Tells of the next row of a message that is looked up, before it answers. */
class WatchedStore extends MemoryStore {
  lookedUp: (() => void) | undefined;

  override async get(name: string) {
    if (name.startsWith(`outbox/${peer}/`) && !name.endsWith("/head")) {
      this.lookedUp?.();
      this.lookedUp = undefined;
    }
    return super.get(name);
  }
}

describe("DurableJournal", () => {
  it("stores what the peer announces while the rows of acknowledged messages are looked up", async () => {
    const store = new WatchedStore();
    const journal = await DurableJournal.open(store, seal, peer, quiet);
    const { incarnation: own, seq } = await journal.send(Uint8Array.of(1), undefined);
    journal.sender.acknowledge(own.bytes, seq);
    let announcements = 0;
    store.lookedUp = () => {
      announcements++;
      journal.receiver.opened([announced]);
      journal.saveReceiver();
    };
    await journal.close();
    const next = await DurableJournal.open(store, seal, peer, quiet);
    expect(announcements).toBe(1);
    expect(next.receiver.state.received.map(({ incarnation: { hex } }) => hex)).toEqual([
      announced.incarnation.hex,
    ]);
  });

  it("never stores less than the peer has said meanwhile", async () => {
    const store = new WatchedStore();
    const journal = await DurableJournal.open(store, seal, peer, quiet);
    const { incarnation: own, seq } = await journal.send(Uint8Array.of(1), undefined);
    journal.sender.acknowledge(own.bytes, seq);
    journal.receiver.opened([announced]);
    journal.receiver.message(announced.incarnation.bytes, 1n, 1);
    let announcements = 0;
    store.lookedUp = () => {
      announcements++;
      journal.receiver.opened([{ ...announced, acknowledged: 3n, last: 3n }]);
      journal.saveReceiver();
    };
    await journal.acknowledge(announced.incarnation.hex, 1n, undefined);
    await journal.close();
    const next = await DurableJournal.open(store, seal, peer, quiet);
    expect(announcements).toBe(1);
    expect(next.receiver.state.received.map(({ delivered }) => delivered)).toEqual([3n]);
  });
});
