import { fromHex } from "../../../src/bytes/index.js";

/** The bytes of hexadecimal `text`, blanks ignored. */
export function hex(text: string): Uint8Array {
  const bytes = fromHex(text.replace(/\s/g, ""));
  if (bytes === undefined) throw new Error(`not hexadecimal: ${text}`);
  return bytes;
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** AEAD: RFC 8439, section 2.8.2; McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16. */
export const aeadValues = {
  ChaChaPoly: {
    key: hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"),
    nonce: hex("070000004041424344454647"),
    associatedData: hex("50515253c0c1c2c3c4c5c6c7"),
    plaintext: ascii(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
    ),
    ciphertext: hex(`d31a8d34648e60db7b86afbc53ef7ec2 a4aded51296e08fea9e2b5a736ee62d6
      3dbea45e8ca9671282fafb69da92728b 1a71de0a9e060b2905d6a5b67ecd3b36 92ddbd7f2d778b8c9803aee328091b58
      fab324e4fad675945585808b4831d7bc 3ff4def08e4b7a9de576d26586cec64b 6116`),
    tag: hex("1ae10b594f09e26a7e902ecbd0600691"),
  },
  AESGCM: {
    key: hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"),
    nonce: hex("cafebabefacedbaddecaf888"),
    associatedData: hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
    plaintext: hex(`d9313225f88406e5a55909c5aff5269a 86a7a9531534f7da2e4c303d8a318a72
      1c3c0c95956809532fcf0e2449a6b525 b16aedf5aa0de657ba637b39`),
    ciphertext: hex(`522dc1f099567d07f47f37a32a84427d 643a8cdcbfe5c0c97598a2bd2555d1aa
      8cb08e48590dbb3da7b08b1056828838 c5f61e6393ba7a0abcc9f662`),
    tag: hex("76fc6ece0f4e1768cddf8853bb2d551b"),
  },
} as const;

/** Diffie-Hellman: RFC 7748, sections 5.2 and 6. */
export const dhValues = {
  "25519": {
    scalar: hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
    coordinate: hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"),
    product: hex("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"),
    base: 9,
    afterOne: hex("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"),
    afterThousand: hex("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"),
    secretA: hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"),
    publicA: hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"),
    secretB: hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"),
    publicB: hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"),
    shared: hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"),
  },
  "448": {
    scalar: hex(`3d262fddf9ec8e88495266fea19a34d28882acef045104d0d1aae121
      700a779c984c24f8cdd78fbff44943eba368f54b29259a4f1c600ad3`),
    coordinate: hex(`06fce640fa3487bfda5f6cf2d5263f8aad88334cbd07437f020f08f9
      814dc031ddbdc38c19c6da2583fa5429db94ada18aa7a7fb4ef8a086`),
    product: hex(`ce3e4ff95a60dc6697da1db1d85e6afbdf79b50a2412d7546d5f239f
      e14fbaadeb445fc66a01b0779d98223961111e21766282f73dd96b6f`),
    base: 5,
    afterOne: hex(`3f482c8a9f19b01e6c46ee9711d9dc14fd4bf67af30765c2ae2b846a
      4d23a8cd0db897086239492caf350b51f833868b9bc2b3bca9cf4113`),
    afterThousand: hex(`aa3b4749d55b9daf1e5b00288826c467274ce3ebbdd5c17b975e09d4
      af6c67cf10d087202db88286e2b79fceea3ec353ef54faa26e219f38`),
    secretA: hex(`9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28d
      d9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b`),
    publicA: hex(`9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c
      22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0`),
    secretB: hex(`1c306a7ac2a0e2e0990b294470cba339e6453772b075811d8fad0d1d
      6927c120bb5ee8972b0d3e21374c9c921b09d1b0366f10b65173992d`),
    publicB: hex(`3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b430
      27d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf33609`),
    shared: hex(`07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282b
      b60c0b56fd2464c335543936521c24403085d59a449a5037514a879d`),
  },
} as const;

/** Hashes of "abc": FIPS 180-4 (examples), RFC 7693, appendices A and B. */
export const hashValues = {
  SHA256: hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  SHA512: hex(`ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a
    2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f`),
  BLAKE2s: hex("508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982"),
  BLAKE2b: hex(`ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1
    7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923`),
} as const;

/** HMAC: RFC 4231, test cases 1, 2, 4 and 6 (a key longer than a block). */
export const hmacValues = [
  {
    key: new Uint8Array(20).fill(0x0b),
    data: ascii("Hi There"),
    SHA256: hex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    SHA512: hex(`87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde
      daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854`),
  },
  {
    key: ascii("Jefe"),
    data: ascii("what do ya want for nothing?"),
    SHA256: hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    SHA512: hex(`164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554
      9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737`),
  },
  {
    key: Uint8Array.from({ length: 25 }, (_, i) => i + 1),
    data: new Uint8Array(50).fill(0xcd),
    SHA256: hex("82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    SHA512: hex(`b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db
      a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd`),
  },
  {
    key: new Uint8Array(131).fill(0xaa),
    data: ascii("Test Using Larger Than Block-Size Key - Hash Key First"),
    SHA256: hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    SHA512: hex(`80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352
      6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598`),
  },
] as const;

/** HKDF with SHA-256: RFC 5869, appendices A.1 to A.3. */
export const hkdfValues = [
  {
    inputKeyMaterial: new Uint8Array(22).fill(0x0b),
    salt: hex("000102030405060708090a0b0c"),
    info: hex("f0f1f2f3f4f5f6f7f8f9"),
    output: hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"),
  },
  {
    inputKeyMaterial: Uint8Array.from({ length: 80 }, (_, i) => i),
    salt: Uint8Array.from({ length: 80 }, (_, i) => 0x60 + i),
    info: Uint8Array.from({ length: 80 }, (_, i) => 0xb0 + i),
    output: hex(`b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c
      59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71 cc30c58179ec3e87c14c01d5c1f3434f1d87`),
  },
  {
    inputKeyMaterial: new Uint8Array(22).fill(0x0b),
    salt: new Uint8Array(0),
    info: new Uint8Array(0),
    output: hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"),
  },
] as const;

/** Ed25519: RFC 8032, section 7.1, tests 1 to 3. */
export const ed25519Values = [
  {
    seed: hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
    publicKey: hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
    message: new Uint8Array(0),
    signature: hex(`e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155
      5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b`),
  },
  {
    seed: hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"),
    publicKey: hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
    message: hex("72"),
    signature: hex(`92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
      085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00`),
  },
  {
    seed: hex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"),
    publicKey: hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"),
    message: hex("af82"),
    signature: hex(`6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac
      18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a`),
  },
] as const;
