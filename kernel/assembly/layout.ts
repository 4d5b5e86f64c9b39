// Where things lie in the linear memory, in bytes. What JavaScript reads or writes is exported.

/** The one-time key of Poly1305, 32 bytes, where five blocks are made at once. */
export const oneTimeKey: usize = 32;
/** The key stream of four blocks, 256 bytes. */
export const keyStream: usize = 64;

/** What Poly1305 holds between calls: h in five words of 64 bits, r, and what is added at the end. */
export const poly: usize = 320;
export const hOffset: usize = 0;
export const rOffset: usize = 48;
export const onceOffset: usize = 64;
export const polySize: usize = 80;

/** The tag that was computed, where one is compared. */
export const computedTag: usize = 416;

/** Associated data, and the 16 bytes after it. */
export const associatedData: usize = 448;
export const associatedDataSize: u32 = 512;

/** A record, and the 32 bytes after it: nonce, 12 bytes | tag, 16 bytes | text. */
export const nonce: usize = 996;
export const tag: usize = nonce + 12;
export const text: usize = nonce + 28;
export const textSize: u32 = 32_768;

/** A message to be hashed lies at `text`, with 88 bytes after it for the padding. */
export const messageSize: u32 = textSize - 88;

/** The state of SHA-256, and those of HMAC after the key: 32 bytes each. */
export const hashState: usize = 33_824;
export const innerState: usize = 33_856;
export const outerState: usize = 33_888;
/** A block that is made of a key or a digest. */
export const digestBlock: usize = 33_920;
/** Sixteen words of the block that is absorbed, with their constants. */
export const schedule: usize = 33_984;
/** The constants of SHA-256, 256 bytes. The 64 bytes after them are read, too. */
export const constants: usize = 34_048;

/** The key of HMAC, 64 bytes with the zeros that fill it up. */
export const hashKey: usize = 34_304;
/** The info of HKDF: 32 bytes in front of it are for the output before, 104 after it for counter and padding. */
export const info: usize = 34_400;
export const infoSize: u32 = 344;

/** Keys, 32 bytes each, as far as the memory goes. */
export const slots: usize = 34_848;
