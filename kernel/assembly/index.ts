export { authenticate, cipher, finishOpening, finishSealing, open, seal, start, wipe } from "./aead";
export { hash, hkdf, hmac } from "./hmac";
export {
  associatedData,
  associatedDataSize,
  hashKey,
  info,
  infoSize,
  messageSize,
  nonce,
  slots,
  text,
  textSize,
} from "./layout";
