/** Returns that many fresh random bytes, in an array that the caller owns. Never shorter; never throws for want of entropy. */
export type RandomSource = (length: number) => Uint8Array;
