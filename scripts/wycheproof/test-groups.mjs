// One function for each type of test group: it does what a test says with one provider, and tells what came out.

const bytes = hex => Uint8Array.from(Buffer.from(hex ?? "", "hex"));
const same = (a, b) => Buffer.compare(a, b) === 0;

/** The library did what the test says is right. */
const value = { outcome: "value" };
/** The library refused: it returned false. */
const refused = { outcome: "refused" };
const wrong = detail => ({ outcome: "wrong", detail });
const skipped = detail => ({ outcome: "skipped", detail });

/** A source of "random" bytes for one call that draws `seed`. */
const from = seed => () => Uint8Array.from(seed);

function testAead({ provider, extra }, { algorithm }, group, test) {
  const aead = { "CHACHA20-POLY1305": provider.aead, "AES-GCM": extra.aesgcm }[algorithm];
  if (aead === undefined) return skipped(`bowline has no ${algorithm}`);
  if (test.result !== "invalid" && (group.keySize !== 256 || group.ivSize !== 96 || group.tagSize !== 128)) {
    return skipped(`${algorithm} is offered with a key of 256, a nonce of 96 and a tag of 128 bits only`);
  }
  const [nonce, associatedData, plaintext] = [bytes(test.iv), bytes(test.aad), bytes(test.msg)];
  const [ciphertext, tag] = [bytes(test.ct), bytes(test.tag)];
  const key = aead.key(bytes(test.key));
  try {
    const opened = new Uint8Array(ciphertext.length).fill(0xaa);
    if (!key.open(nonce, associatedData, ciphertext, tag, opened)) {
      return opened.every(byte => byte === 0xaa) ? refused : wrong("refused, but the output was written");
    }
    if (!same(opened, plaintext)) return wrong("another plaintext");
    const [sealed, sealedTag] = [new Uint8Array(plaintext.length), new Uint8Array(16)];
    key.seal(nonce, associatedData, plaintext, sealed, sealedTag);
    if (!same(sealed, ciphertext) || !same(sealedTag, tag)) return wrong("another ciphertext or tag");
    return testRecord(key, {
      nonce,
      associatedData,
      plaintext,
      record: Buffer.concat([nonce, tag, ciphertext]),
    });
  } finally {
    key.dispose();
  }
}

/** The same, sealed and opened as a record. */
function testRecord(key, { nonce, associatedData, plaintext, record }) {
  const [sealed, opened] = [new Uint8Array(record.length), new Uint8Array(plaintext.length)];
  sealed.set(nonce);
  key.sealRecord(associatedData, plaintext, sealed, 0);
  if (!same(sealed, record)) return wrong("another record");
  return key.openRecord(record, associatedData, opened) && same(opened, plaintext)
    ? value
    : wrong("another plaintext of the record");
}

function testXdh({ provider, extra }, _file, group, test) {
  const dh = { curve25519: provider.dh, curve448: extra.x448 }[group.curve];
  if (dh === undefined) return skipped(`bowline has no ${group.curve}`);
  const pair = dh.importKeyPair(bytes(test.private));
  const secret = dh.sharedSecret(pair, bytes(test.public));
  return same(secret.expose(), bytes(test.shared)) ? value : wrong("another shared secret");
}

function testHkdf({ provider, extra }, { algorithm }, _group, test) {
  const hash = { "HKDF-SHA-256": provider.hash, "HKDF-SHA-512": extra.sha512 }[algorithm];
  if (hash === undefined) return skipped(`bowline has no ${algorithm}`);
  const output = provider.hkdf(hash, bytes(test.ikm), bytes(test.salt), bytes(test.info), test.size);
  return same(output, bytes(test.okm)) ? value : wrong("another output");
}

function testMac({ provider, extra }, { algorithm }, group, test) {
  const hash = { HMACSHA256: provider.hash, HMACSHA512: extra.sha512 }[algorithm];
  if (hash === undefined) return skipped(`bowline has no ${algorithm}`);
  const tag = hash.hmac(bytes(test.key), bytes(test.msg)).subarray(0, group.tagSize / 8);
  return same(tag, bytes(test.tag)) ? value : refused;
}

function testEddsa({ provider }, _file, group, test) {
  if (group.publicKey.curve !== "edwards25519") return skipped(`bowline has no ${group.publicKey.curve}`);
  const holds = provider.signature.verify(bytes(group.publicKey.pk), bytes(test.msg), bytes(test.sig));
  return holds ? value : refused;
}

/** Wraps a test of ML-KEM: those of other sizes, and all where the runtime has none, are skipped. */
const mlKem = run => (subject, _file, group, test) => {
  if (group.parameterSet !== "ML-KEM-768") return skipped(`bowline has no ${group.parameterSet}`);
  if (subject.lacks?.mlKem !== undefined) return skipped(subject.lacks.mlKem);
  return run(subject.provider.kem, test);
};

const testMlKem = mlKem((kem, test) => {
  const pair = kem.generateKeyPair(from(bytes(test.seed)));
  if (!same(pair.publicKey, bytes(test.ek))) return wrong("another public key");
  return same(kem.decapsulate(pair, bytes(test.c)).expose(), bytes(test.K)) ? value : wrong("another secret");
});

const testMlKemKeyGeneration = mlKem((kem, test) => {
  const pair = kem.generateKeyPair(from(bytes(test.seed)));
  return same(pair.publicKey, bytes(test.ek)) ? value : wrong("another public key");
});

const testMlKemEncapsulation = mlKem((kem, test) => {
  const { ciphertext, sharedSecret } = kem.encapsulate(bytes(test.ek), from(bytes(test.m)));
  if (!same(ciphertext, bytes(test.c))) return wrong("another ciphertext");
  return same(sharedSecret.expose(), bytes(test.K)) ? value : wrong("another secret");
});

/** By `type` of a test group. */
export const groupTests = {
  AeadTest: testAead,
  XdhComp: testXdh,
  HkdfTest: testHkdf,
  MacTest: testMac,
  EddsaVerify: testEddsa,
  MLKEMTest: testMlKem,
  MLKEMKeyGen: testMlKemKeyGeneration,
  MLKEMEncapsTest: testMlKemEncapsulation,
};
