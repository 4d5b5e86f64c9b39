import { nobleExtra } from "../../src/crypto/noble-extra.js";
import { nobleProvider } from "../../src/crypto/noble-provider.js";
import { describeCryptoProvider } from "../contract/crypto-provider.js";

describeCryptoProvider("noble", nobleProvider, nobleExtra);
