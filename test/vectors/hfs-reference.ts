import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";

/**
 * A second, independent reading of Noise with `hfs`, for 25519, ML-KEM-768, ChaChaPoly and SHA256: one straight line that knows
 * both parties' secrets and only writes. It shares nothing with the library; its tokens are written out by hand.
 */
export interface Secrets {
  readonly name: string;
  readonly prologue: string;
  readonly psks: readonly string[];
  /** Secret keys of the initiator (i) and the responder (r): static (s) and ephemeral (e). */
  readonly keys: Readonly<Record<"is" | "ie" | "rs" | "re", string>>;
  readonly kemSeed: string;
  readonly kemRandomness: string;
}

export interface Writing {
  readonly messages: readonly Uint8Array[];
  readonly handshakeHash: Uint8Array;
}

/** `lines` are as in the specification: pre-messages ("<- s"), "...", then messages ("-> e, es"). */
export function writeHandshake(
  secrets: Secrets,
  lines: readonly string[],
  payloads: readonly string[],
): Writing {
  const secret = (which: string): Uint8Array => hexToBytes(secrets.keys[which as "is"]);
  const publicKey = (which: string): Uint8Array => x25519.getPublicKey(secret(which));
  const kem = ml_kem768.keygen(hexToBytes(secrets.kemSeed));
  const psks = secrets.psks.map(psk => hexToBytes(psk));
  const isPsk = psks.length > 0;

  let h: Uint8Array =
    secrets.name.length <= 32
      ? concatBytes(utf8ToBytes(secrets.name), new Uint8Array(32 - secrets.name.length))
      : sha256(utf8ToBytes(secrets.name));
  let ck: Uint8Array = h;
  let k: Uint8Array | undefined;
  let n = 0;

  const mixHash = (data: Uint8Array): void => {
    h = sha256(concatBytes(h, data));
  };
  const hkdf = (input: Uint8Array): [Uint8Array, Uint8Array, Uint8Array] => {
    const prk = hmac(sha256, ck, input);
    const first = hmac(sha256, prk, Uint8Array.of(1));
    const second = hmac(sha256, prk, concatBytes(first, Uint8Array.of(2)));
    return [first, second, hmac(sha256, prk, concatBytes(second, Uint8Array.of(3)))];
  };
  const mixKey = (input: Uint8Array): void => {
    [ck, k] = hkdf(input);
    n = 0;
  };
  const encryptAndHash = (plaintext: Uint8Array): Uint8Array => {
    let ciphertext = plaintext;
    if (k !== undefined) {
      const nonce = new Uint8Array(12);
      nonce[4] = n++;
      ciphertext = chacha20poly1305(k, nonce, h).encrypt(plaintext);
    }
    mixHash(ciphertext);
    return ciphertext;
  };

  mixHash(hexToBytes(secrets.prologue));
  const end = lines.indexOf("...");
  for (const line of lines.slice(0, Math.max(end, 0)))
    mixHash(publicKey(line.startsWith("->") ? "is" : "rs"));

  const messages = lines.slice(end + 1).map((line, i) => {
    const sender = line.startsWith("->") ? "i" : "r";
    const parts: Uint8Array[] = [];
    for (const token of line.slice(3).split(", ")) {
      if (token === "e") {
        parts.push(publicKey(`${sender}e`));
        mixHash(publicKey(`${sender}e`));
        if (isPsk) mixKey(publicKey(`${sender}e`));
      } else if (token === "s") parts.push(encryptAndHash(publicKey(`${sender}s`)));
      else if (token === "e1") parts.push(encryptAndHash(kem.publicKey));
      else if (token === "ekem1") {
        const { cipherText, sharedSecret } = ml_kem768.encapsulate(
          kem.publicKey,
          hexToBytes(secrets.kemRandomness),
        );
        parts.push(encryptAndHash(cipherText));
        mixKey(sharedSecret);
      } else if (token === "psk") {
        const [nextCk, mixed, nextK] = hkdf(psks.shift()!);
        ck = nextCk;
        mixHash(mixed);
        k = nextK;
        n = 0;
      } else mixKey(x25519.getSharedSecret(secret(`i${token[0]}`), publicKey(`r${token[1]}`)));
    }
    parts.push(encryptAndHash(hexToBytes(payloads[i]!)));
    return concatBytes(...parts);
  });
  return { messages, handshakeHash: h };
}
