export { decodeBatch, encodeBatch } from "./batch.js";
export { chainSecretLength, type RecordCrypto } from "./chain-secret.js";
export { maxKeptEpochs, maxRotationsAhead, type EpochsInspection } from "./epochs.js";
export {
  clearFrame,
  clearFrameType,
  frameFlag,
  frameHeaderLength,
  maxSealedFrameLength,
  parseFrame,
  renewalFlags,
  sealedFrameType,
  sessionIdLength,
  type ClearFrameType,
  type Frame,
  type SealedFrameType,
} from "./frame.js";
export { FrameOpener, type FrameOpenerOptions, type OpenedFrame, type OpensRecords } from "./frame-opener.js";
export { FrameSealer, type FrameSealerOptions, type SealsRecords } from "./frame-sealer.js";
export {
  checkPlaintext,
  checkRecord,
  epochOf,
  epochOfRecord,
  generationOf,
  maxPlaintextLength,
  maxRecordLength,
  maxRotation,
  nonceLength,
  checkOutput,
  recordOverhead,
  rotationOf,
  tagLength,
} from "./record-format.js";
export { GenerationOpener, type GenerationInspection } from "./generation-opener.js";
export { GenerationSealer } from "./generation-sealer.js";
export type { Ordering } from "./receiving-epoch.js";
export { RecordOpener, type MonotonicTime, type RecordOpenerOptions } from "./record-opener.js";
export { RecordSealer, type RecordSealerOptions } from "./record-sealer.js";
export { replayWindowWidth } from "./replay-window.js";
export { RestoreEnd, type RestoreEndOptions } from "./restore-end.js";
export { isRestoreFrame } from "./restore-frame.js";
export type { Direction, RestoreScope } from "./restore-header.js";
export {
  RestoreOpener,
  type OpenedRestoreFrame,
  type RestoredPeer,
  type RestoreOpenerOptions,
} from "./restore-opener.js";
