const slotLength = 32;
const pageLength = 65_536;

/** The memory of an instance, as much as is needed here. */
interface GrowingMemory {
  readonly buffer: ArrayBuffer;
  /** By so many pages of 65,536 bytes. Throws where there are no more. */
  grow(pages: number): number;
}

/**
 * Keys in the memory of the kernel: 32 bytes each, from one address on as far as the memory goes, which grows as they need it. A key
 * stays where it was put until it is erased, so that no collector of garbage copies it.
 */
export class KeySlots {
  readonly #memory: GrowingMemory;
  /** Slots that were given back; the last is taken first. */
  readonly #free: number[] = [];
  readonly #start: number;
  /** The first address that was never taken. */
  #end: number;

  /** From the address `start` on. */
  constructor(memory: GrowingMemory, start: number) {
    this.#memory = memory;
    this.#start = start;
    this.#end = start;
  }

  /** Keys that are there now. */
  get used(): number {
    return (this.#end - this.#start) / slotLength - this.#free.length;
  }

  /** The address of a copy of `key` (32 bytes); undefined where the memory can't grow any more. */
  take(key: Uint8Array): number | undefined {
    const slot = this.#free.pop() ?? this.#next();
    if (slot !== undefined) this.bytes(slot).set(key);
    return slot;
  }

  /** The key at `slot`, a view that holds until the memory grows. */
  bytes(slot: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, slot, slotLength);
  }

  /** Overwrites the key with zeros and gives its place back. Once for each `take`. */
  erase(slot: number): void {
    this.bytes(slot).fill(0);
    this.#free.push(slot);
  }

  #next(): number | undefined {
    if (this.#end + slotLength > this.#memory.buffer.byteLength) {
      try {
        this.#memory.grow(Math.ceil(slotLength / pageLength));
      } catch {
        return undefined;
      }
    }
    const slot = this.#end;
    this.#end += slotLength;
    return slot;
  }
}
