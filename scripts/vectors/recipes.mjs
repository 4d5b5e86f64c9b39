// What vectors/noise.json holds: every pattern of the specification, pre-shared keys in every position and several at once,
// fallback, and hfs; spread over the algorithms so that each occurs with each kind.

const oneWay = ["N", "K", "X"];
const fundamental = ["NN", "NK", "NX", "XN", "XK", "XX", "KN", "KK", "KX", "IN", "IK", "IX"];
const deferred = [
  ...["NK1", "NX1", "X1N", "X1K", "XK1", "X1K1", "X1X", "XX1", "X1X1", "K1N", "K1K", "KK1"],
  ...["K1K1", "K1X", "KX1", "K1X1", "I1N", "I1K", "IK1", "I1K1", "I1X", "IX1", "I1X1"],
];
const psk = [
  ...["Npsk0", "Kpsk0+psk1", "Xpsk1", "NNpsk0", "NNpsk1", "NNpsk2", "XXpsk0", "XXpsk1", "XXpsk2", "XXpsk3"],
  ...["KKpsk0+psk2", "IKpsk1", "IXpsk0+psk2", "X1X1psk4", "XXpsk0+psk1+psk2+psk3"],
];
const hfs = [
  ...["NNhfs", "NKhfs", "XXhfs", "KKhfs", "KKhfs+psk0", "INhfs", "IKhfs", "IKhfs+psk2", "XXhfs+psk0+psk3"],
  ...["K1X1hfs", "I1K1hfs"],
];

const ciphers = ["ChaChaPoly", "AESGCM"];
const hashes = ["SHA256", "BLAKE2s", "SHA512", "BLAKE2b"];

/** Protocols by name; a fallback pattern is what follows where the responder can't read the IK message. */
export const recipes = [
  ...[...oneWay, ...fundamental, ...deferred, ...psk].map((pattern, i) => ({
    protocolName: [
      "Noise",
      pattern,
      i % 3 === 2 ? "448" : "25519",
      ciphers[i % 2],
      hashes[(i >> 1) % 4],
    ].join("_"),
  })),
  ...["XXfallback", "XXfallback+psk0", "XXfallback+psk2"].map((pattern, i) => ({
    protocolName: ["Noise", "IK", i === 1 ? "448" : "25519", ciphers[i % 2], hashes[i]].join("_"),
    fallbackPattern: pattern,
  })),
  ...hfs.map((pattern, i) => {
    const suite = i < 7 ? ["ChaChaPoly", "SHA256"] : [ciphers[i % 2], hashes[i % 4]];
    return {
      protocolName: ["Noise", pattern, i === 9 ? "448+MLKEM768" : "25519+MLKEM768", ...suite].join("_"),
    };
  }),
];
