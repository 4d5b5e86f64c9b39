import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { describe } from "vitest";
import { makeAead } from "../../src/crypto/aead.js";
import { nobleAead } from "../../src/crypto/noble-aead.js";
import { describeAead } from "../contract/crypto/aead.js";

describe("ChaCha20-Poly1305 of noble alone", () =>
  describeAead(makeAead("ChaChaPoly", nobleAead(chacha20poly1305))));
