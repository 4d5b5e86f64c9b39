export {
  checkedMaxFrameLength,
  Deframer,
  defaultMaxFrameLength,
  encodeFrame,
  frameHeader,
} from "../attach/index.js";
