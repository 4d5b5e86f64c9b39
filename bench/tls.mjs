// Node's TLS as the benchmarks have it: 1.3, with the suite whose AEAD is ours.
import { generate } from "selfsigned";

const suite = "TLS_CHACHA20_POLY1305_SHA256";
const version = { minVersion: "TLSv1.3", maxVersion: "TLSv1.3" };

/** A fresh key and its certificate, as PEM. */
export async function certificate() {
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
  });
  return { key, cert };
}

export const serverOptions = async () => ({ ...(await certificate()), ...version, ciphers: suite });
export const clientOptions = { ...version, ciphers: suite, rejectUnauthorized: false };

/** @throws where something else was agreed */
export function checkSuite(socket) {
  const { name } = socket.getCipher();
  if (name !== suite) throw new Error(`TLS has agreed on ${name}.`);
}
