export { concat } from "./concat.js";
export { equalConstantTime } from "./constant-time.js";
export { fromHex, toHex } from "./hex.js";
export type { RandomSource } from "./random-source.js";
export { Reader } from "./reader.js";
export { Secret } from "./secret.js";
export { fromUtf8, utf8 } from "./text.js";
export { Writer } from "./writer.js";
