import { defaultExtra } from "#default-extra";
import { defaultProvider } from "#default-provider";
import { ascii, equal, filled, hex, test, throwsCode } from "./harness.js";

const { aead, dh, hash, hkdf, kem, random, signature } = defaultProvider;

test("X25519 agrees with itself, and refuses a point of low order", () => {
  const a = dh.importKeyPair(filled(32, 9));
  const b = dh.generateKeyPair(random);
  const ab = dh.sharedSecret(a, b.publicKey);
  const ba = dh.sharedSecret(b, a.publicKey);
  equal(ab.expose(), ba.expose());
  throwsCode("public-key-low-order", () => dh.sharedSecret(a, filled(32, 0)));
  throwsCode("public-key-not-canonical", () => dh.checkPublicKey(filled(32, 0xff)));
});

test("X25519 gives the value of RFC 7748, section 5.2", () => {
  const pair = dh.importKeyPair(hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"));
  const publicKey = hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
  equal(
    dh.sharedSecret(pair, publicKey).expose(),
    hex("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"),
  );
});

test("ChaCha20-Poly1305 opens what it sealed, in place too, and nothing that was changed", () => {
  const key = aead.key(filled(32, 7));
  const nonce = filled(12, 1);
  const plaintext = ascii("attack at dawn");
  const ciphertext = new Uint8Array(plaintext.length);
  const tag = new Uint8Array(16);
  key.seal(nonce, ascii("ad"), plaintext, ciphertext, tag);
  const opened = new Uint8Array(plaintext.length);
  equal(key.open(nonce, ascii("ad"), ciphertext, tag, opened), true);
  equal(opened, plaintext);
  tag[0]! ^= 1;
  equal(key.open(nonce, ascii("ad"), ciphertext, tag, opened), false);
  key.dispose();
});

test("ML-KEM-768 encapsulates and decapsulates", () => {
  const pair = kem.generateKeyPair(random);
  equal(pair.publicKey.length, 1184);
  const { ciphertext, sharedSecret } = kem.encapsulate(pair.publicKey, random);
  equal(ciphertext.length, 1088);
  equal(kem.decapsulate(pair, ciphertext).expose(), sharedSecret.expose());
  throwsCode("kem-public-key-invalid", () => kem.encapsulate(filled(1184, 0xff), random));
  throwsCode("kem-ciphertext-invalid", () => kem.decapsulate(pair, filled(1087, 0)));
});

test("SHA-256, HMAC and HKDF give published values", () => {
  equal(
    hash.hash(ascii("a"), ascii("bc")),
    hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  );
  // RFC 4231, case 2.
  equal(
    hash.hmac(ascii("Jefe"), ascii("what do ya want for nothing?")),
    hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
  );
  // RFC 5869, case 1.
  equal(
    hkdf(hash, filled(22, 0x0b), hex("000102030405060708090a0b0c"), hex("f0f1f2f3f4f5f6f7f8f9"), 42),
    hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"),
  );
});

test("Ed25519 signs and verifies", () => {
  const pair = signature.importKeyPair(filled(32, 3));
  const signed = signature.sign(pair, ascii("m"));
  equal(signature.verify(pair.publicKey, ascii("m"), signed), true);
  equal(signature.verify(pair.publicKey, ascii("n"), signed), false);
});

test("the extra algorithms: AES-GCM, X448, SHA-512, BLAKE2s, BLAKE2b", () => {
  const key = defaultExtra.aesgcm.key(filled(32, 0));
  const tag = new Uint8Array(16);
  const ciphertext = new Uint8Array(16);
  key.seal(filled(12, 0), new Uint8Array(0), filled(16, 0), ciphertext, tag);
  equal(ciphertext, hex("cea7403d4d606b6e074ec5d3baf39d18"));
  equal(tag, hex("d0d1c8a799996bf0265b98b5d48ab919"));

  const a = defaultExtra.x448.generateKeyPair(random);
  const b = defaultExtra.x448.generateKeyPair(random);
  equal(
    defaultExtra.x448.sharedSecret(a, b.publicKey).expose(),
    defaultExtra.x448.sharedSecret(b, a.publicKey).expose(),
  );

  const abc = ascii("abc");
  equal(defaultExtra.sha512.hash(abc).subarray(0, 8), hex("ddaf35a193617aba"));
  equal(defaultExtra.blake2s.hash(abc).subarray(0, 8), hex("508c5e8c327c14e2"));
  equal(defaultExtra.blake2b.hash(abc).subarray(0, 8), hex("ba80a53f981c4d0d"));
});

test("the random generator gives what is asked for, and other bytes each time", () => {
  equal(random(70_000).length, 70_000);
  equal(
    random(32).every((byte, _, all) => byte === all[0]),
    false,
  );
});
