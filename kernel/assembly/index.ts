export { authenticate, cipher, finishOpening, finishSealing, open, seal, start, wipe } from "./aead";
export { associatedData, associatedDataSize, nonce, slots, text, textSize } from "./layout";
