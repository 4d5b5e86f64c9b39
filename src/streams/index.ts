export { Multiplexer } from "./multiplexer.js";
export { appendPiece } from "./pieces.js";
export { Stream } from "./stream.js";
export { streamCode, streamFrameKind } from "./stream-frame.js";
export {
  dataPerFrame,
  defaultMaxStreams,
  maxStreamWindow,
  sessionSpareWindow,
  streamWindow,
} from "./stream-limits.js";
