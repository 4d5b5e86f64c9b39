import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { ascii, concat, hmac, little, seal, sha256, x25519, type KeyPair } from "./primitives.js";

/** Everything that both ends of an example draw. */
export interface HandshakeKeys {
  readonly s: readonly [initiator: KeyPair, responder: KeyPair];
  readonly e: readonly [initiator: KeyPair, responder: KeyPair];
  /** The first half of the seed; the second half takes no part where nothing is rejected. */
  readonly kemSeed: Uint8Array;
  readonly kemMessage: Uint8Array;
  readonly psk?: Uint8Array;
}

const none = new Uint8Array(0);

export const suites = {
  XX: {
    id: 0x0001,
    name: "Noise_XX_25519_ChaChaPoly_SHA256",
    known: [],
    messages: "e / e ee s es / s se",
  },
  IK: { id: 0x0002, name: "Noise_IK_25519_ChaChaPoly_SHA256", known: [1], messages: "e es s ss / e ee se" },
  XXhfs: {
    id: 0x0101,
    name: "Noise_XXhfs_25519+MLKEM768_ChaChaPoly_SHA256",
    known: [],
    messages: "e e1 / e ee ekem1 s es / s se",
  },
  /** Of a renewal: no suite of an offer. */
  KKpsk0: {
    id: undefined,
    name: "Noise_KKpsk0_25519_ChaChaPoly_SHA256",
    known: [0, 1],
    messages: "psk e es ss / e ee se",
  },
} as const;

/**
 * A handshake as somebody sees it who knows the keys of both ends: then there is one symmetric state, and no message need be read.
 * `payloads`: of each message.
 */
export function handshake(
  suiteName: keyof typeof suites,
  prologue: Uint8Array,
  keys: HandshakeKeys,
  payloads: readonly Uint8Array[],
) {
  const suite = suites[suiteName];
  const name = ascii(suite.name);
  let h = name.length <= 32 ? concat(name, new Uint8Array(32 - name.length)) : sha256(name);
  let ck = h;
  let k: Uint8Array | undefined;
  let n = 0;

  const mixHash = (data: Uint8Array): void => void (h = sha256(h, data));
  const mixKey = (secret: Uint8Array): void => {
    const temporary = hmac(ck, secret);
    ck = hmac(temporary, Uint8Array.of(1));
    k = hmac(temporary, concat(ck, Uint8Array.of(2)));
    n = 0;
  };
  const encryptAndHash = (plaintext: Uint8Array): Uint8Array => {
    if (k === undefined) {
      mixHash(plaintext);
      return plaintext;
    }
    const { ciphertext, tag } = seal(k, concat(new Uint8Array(4), little(n++, 8)), h, plaintext);
    const field = concat(ciphertext, tag);
    mixHash(field);
    return field;
  };
  const field = (token: string, sender: 0 | 1): Uint8Array => {
    switch (token) {
      case "e":
        mixHash(keys.e[sender].publicKey);
        if (keys.psk !== undefined) mixKey(keys.e[sender].publicKey);
        return keys.e[sender].publicKey;
      case "s":
        return encryptAndHash(keys.s[sender].publicKey);
      case "psk": {
        const temporary = hmac(ck, keys.psk ?? none);
        ck = hmac(temporary, Uint8Array.of(1));
        const forHash = hmac(temporary, concat(ck, Uint8Array.of(2)));
        mixHash(forHash);
        k = hmac(temporary, concat(forHash, Uint8Array.of(3)));
        n = 0;
        return none;
      }
      case "e1":
        return encryptAndHash(kemPublicKey(keys));
      case "ekem1": {
        const { cipherText, sharedSecret } = ml_kem768.encapsulate(kemPublicKey(keys), keys.kemMessage);
        const sealed = encryptAndHash(cipherText);
        mixKey(sharedSecret);
        return sealed;
      }
      default: {
        const [initiators, responders] = [token[0] as "e" | "s", token[1] as "e" | "s"];
        mixKey(x25519(keys[initiators][0], keys[responders][1].publicKey));
        return none;
      }
    }
  };

  mixHash(prologue);
  for (const end of suite.known) mixHash(keys.s[end].publicKey);
  const messages = suite.messages.split(" / ").map((tokens, i) => {
    const fields = tokens.split(" ").map(token => field(token, (i % 2) as 0 | 1));
    return concat(...fields, encryptAndHash(payloads[i] ?? none));
  });
  return { messages, h, ck };
}

export const kemPublicKey = ({ kemSeed }: HandshakeKeys): Uint8Array =>
  ml_kem768.keygen(concat(kemSeed, new Uint8Array(32))).publicKey;

/** An offer by endpoints of version 1. */
export const offer = (...suiteIds: readonly number[]): Uint8Array =>
  Uint8Array.of(1, 1, 1, 1, suiteIds.length, ...suiteIds.flatMap(id => [id >> 8, id & 0xff]));

/** What precedes message 1 in the body of a first or second offer, and the prologue over it. */
export function opening(type: 1 | 3, offered: Uint8Array, ...answer: readonly Uint8Array[]) {
  const head = concat(Uint8Array.of(offered.length >> 8, offered.length & 0xff), offered, ...answer);
  return { head, prologue: concat(ascii("bowline/negotiation/v1"), Uint8Array.of(type), head) };
}
