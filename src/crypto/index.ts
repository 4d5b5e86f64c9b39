export { aeadKeyByParts, nonceLength, recordOverhead, tagLength } from "./aead.js";
export type {
  Aead,
  AeadKey,
  CryptoProvider,
  Dh,
  DhKeyPair,
  ExtraAlgorithms,
  Hash,
  Hkdf,
  Kem,
  KemKeyPair,
  Signature,
  SignatureKeyPair,
} from "./provider.js";
