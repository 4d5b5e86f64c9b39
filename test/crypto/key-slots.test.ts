import { describe, expect, it } from "vitest";
import { KeySlots } from "../../src/crypto/key-slots.js";

const page = 65_536;

/** A memory of one page that grows to `pages`, and leaves an empty buffer behind as WebAssembly does. */
function memory(pages: number) {
  return {
    buffer: new ArrayBuffer(page),
    grow(by: number): number {
      const before = this.buffer.byteLength / page;
      if (before + by > pages)
        throw new RangeError("WebAssembly.Memory.grow(): Maximum memory size exceeded");
      const grown = new Uint8Array((before + by) * page);
      grown.set(new Uint8Array(this.buffer));
      structuredClone(this.buffer, { transfer: [this.buffer] });
      this.buffer = grown.buffer;
      return before;
    },
  };
}

const key = (value: number): Uint8Array => new Uint8Array(32).fill(value);

describe("KeySlots", () => {
  it("keeps each key at its place while the memory grows", () => {
    const held = memory(8);
    const slots = new KeySlots(held, 1024);
    const taken = Array.from({ length: 10_000 }, (_, i) => slots.take(key(i & 0xff))!);
    expect(new Set(taken).size).toBe(taken.length);
    expect(Math.min(...taken)).toBe(1024);
    expect(held.buffer.byteLength).toBe(5 * page);
    for (const [i, slot] of taken.entries()) expect(slots.bytes(slot)).toEqual(key(i & 0xff));
    expect(slots.used).toBe(10_000);
  });

  it("X45 a key that is erased is zeros, and its place the next one's", () => {
    const slots = new KeySlots(memory(1), 1024);
    const [a, b] = [slots.take(key(1))!, slots.take(key(2))!];
    slots.erase(a);
    expect(slots.bytes(a)).toEqual(key(0));
    expect(slots.bytes(b)).toEqual(key(2));
    expect(slots.used).toBe(1);
    expect(slots.take(key(3))).toBe(a);
    expect(slots.bytes(a)).toEqual(key(3));
  });

  it("gives no place where the memory is at its end, and one again when another key is erased", () => {
    const slots = new KeySlots(memory(1), page - 64);
    const [a] = [slots.take(key(1))!, slots.take(key(2))];
    expect(slots.take(key(3))).toBeUndefined();
    expect(slots.used).toBe(2);
    slots.erase(a);
    expect(slots.take(key(4))).toBe(a);
  });
});
