// The default export: bundlers turn a namespace into names, which older versions of Node have not got.
import crypto, { type JsonWebKeyInput, type KeyObject } from "node:crypto";
import { makeMlKem768 } from "./ml-kem.js";
import { fromBase64Url, nodeRandom, plain, toBase64Url } from "./node-bytes.js";
import { encapsulateWith, nobleMlKem } from "./noble-ml-kem.js";
import type { Kem } from "./provider.js";

/** What newer runtimes add (Node 24.7 with OpenSSL 3.5). */
interface MlKemFunctions {
  readonly encapsulate: (publicKey: KeyObject) => {
    readonly sharedKey: Buffer;
    readonly ciphertext: Buffer;
  };
  readonly decapsulate: (privateKey: KeyObject, ciphertext: Uint8Array) => Buffer;
}

/** An Algorithm Key Pair, the JSON Web Key of ML-KEM. */
const akp = (key: { pub: string; priv?: string }): JsonWebKeyInput => ({
  key: { kty: "AKP", alg: "ML-KEM-768", ...key },
  format: "jwk",
});

function importSeed(seed: Uint8Array): { material: KeyObject; publicKey: Uint8Array } {
  const material = crypto.createPrivateKey(akp({ priv: toBase64Url(seed), pub: "" }));
  const { pub } = crypto.createPublicKey(material).export({ format: "jwk" });
  return { material, publicKey: fromBase64Url(pub as string) };
}

/** Whether the runtime has ML-KEM-768, and takes a seed. */
function nativeFunctions(): MlKemFunctions | undefined {
  const { encapsulate, decapsulate } = crypto as Partial<MlKemFunctions>;
  if (encapsulate === undefined || decapsulate === undefined) return undefined;
  try {
    importSeed(new Uint8Array(64));
    return { encapsulate, decapsulate };
  } catch {
    return undefined;
  }
}

/** ML-KEM-768 of OpenSSL where the runtime has it; undefined elsewhere. */
export const nativeMlKem768: Kem | undefined = makeNative(nativeFunctions());

function makeNative(native: MlKemFunctions | undefined): Kem | undefined {
  if (native === undefined) return undefined;
  return makeMlKem768<KeyObject>(
    {
      importSeed,
      // OpenSSL takes no message from outside.
      encapsulate: encapsulateWith,
      encapsulateAtRandom: publicKey => {
        const key = crypto.createPublicKey(akp({ pub: toBase64Url(publicKey) }));
        const { ciphertext, sharedKey } = native.encapsulate(key);
        return { ciphertext: plain(ciphertext), sharedSecret: plain(sharedKey) };
      },
      decapsulate: (privateKey, ciphertext) => plain(native.decapsulate(privateKey, ciphertext)),
      erase: () => undefined,
    },
    nodeRandom,
  );
}

/** ML-KEM-768: OpenSSL's where the runtime has it, else noble's. */
export const nodeMlKem768: Kem = nativeMlKem768 ?? makeMlKem768(nobleMlKem, nodeRandom);
