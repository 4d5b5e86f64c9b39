/** Bytes that an end may send on a new stream before it is granted more. Part of the protocol: both ends begin with it. */
export const streamWindow = 262_144;

/** Bytes that the window of a stream grows to at most, where its reader keeps up and the way is long: enough for 160 Mbit/s over 100 ms. */
export const maxStreamWindow = 2_097_152;

/** Bytes that the windows of one session's streams grow by at most, all together. */
export const sessionSpareWindow = 8_388_608;

/** Bytes of data in one frame at most that this end sends: long enough that sealing is cheap, short enough that streams take turns. */
export const dataPerFrame = 32_768;

/** Bytes of data in one frame at most that this end accepts. */
export const maxDataPerFrame = 65_535;

/** Bytes of a label in UTF-8 at most. */
export const maxLabelLength = 255;

/** Streams that the peer may have open at a time, unless the application says otherwise. */
export const defaultMaxStreams = 256;

/** Refusals that wait to be sent: a peer that goes on opening streams and takes none of them is not worth more memory. */
export const maxWaitingRefusals = 16_384;

/** Ids and credit are 32 bits. */
export const maxU32 = 0xffff_ffff;
