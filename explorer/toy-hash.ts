const prime = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f] as const;

/** 32 bytes that differ where `parts` differ: fast, and nothing to keep a secret with. */
export function toyHash(...parts: readonly Uint8Array[]): Uint8Array {
  let [a, b] = [0x12345678, 0x9abcdef1];
  for (const part of parts) {
    const { length } = part;
    for (let i = 0; i < length; i++) {
      a = Math.imul(a ^ part[i]!, prime[0]);
      b = Math.imul(b ^ a ^ (a >>> 15), prime[1]);
      a ^= b >>> 13;
    }
  }
  const digest = new Uint8Array(32);
  for (let word = 0; word < 8; word++) {
    a = Math.imul(a ^ (b >>> 15) ^ word, prime[2]);
    b = Math.imul(b ^ (a >>> 13), prime[3]);
    const mixed = a ^ (b >>> 16) ^ (b << 7);
    digest[4 * word] = mixed;
    digest[4 * word + 1] = mixed >>> 8;
    digest[4 * word + 2] = mixed >>> 16;
    digest[4 * word + 3] = mixed >>> 24;
  }
  return digest;
}

/** The same of a text, as 8 characters of 16 bits. */
export function textDigest(text: string): string {
  let [a, b, c, d] = [0x12345678, 0x9abcdef1, 0x0fedcba9, 0x87654321];
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), prime[0]);
    b = Math.imul(b ^ a ^ (a >>> 15), prime[1]);
    c = Math.imul(c ^ b ^ (b >>> 13), prime[2]);
    d = Math.imul(d ^ c ^ (c >>> 16), prime[3]);
    a ^= d >>> 11;
  }
  const half = (word: number): number => (word ^ (word >>> 16)) & 0xffff;
  const mixed = [a, b ^ (a >>> 7), c ^ (b >>> 9), d ^ (c >>> 5)];
  return String.fromCharCode(
    ...mixed.flatMap((word, i) => [word & 0xffff, half(Math.imul(word, prime[i]!))]),
  );
}
