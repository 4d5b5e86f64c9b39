import { nodeExtra } from "../../src/crypto/node-extra.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { describeCryptoProvider } from "../contract/crypto-provider.js";

describeCryptoProvider("node", nodeProvider, nodeExtra);
