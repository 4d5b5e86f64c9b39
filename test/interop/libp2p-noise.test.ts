import "./promise-with-resolvers.js";
import { noise, type NoiseComponents } from "@chainsafe/libp2p-noise";
import { generateKeyPairFromSeed } from "@libp2p/crypto/keys";
import type { MessageStream } from "@libp2p/interface";
import { defaultLogger } from "@libp2p/logger";
import { streamPair } from "@libp2p/utils";
import { describe, expect, it } from "vitest";
import { concat, utf8 } from "../../src/bytes/index.js";
import { provider, seededRandom } from "../noise/support.js";
import { Libp2pPeer } from "./libp2p-peer.js";

const ourSeed = seededRandom("our identity")(32);
const skip = { skipStreamMuxerNegotiation: true };

/** The other end, by the public interface of the package. */
async function theirEnd(): Promise<{ noise: ReturnType<ReturnType<typeof noise>>; identity: Uint8Array }> {
  const privateKey = await generateKeyPairFromSeed("Ed25519", seededRandom("their identity")(32));
  const components = { privateKey, logger: defaultLogger() } as unknown as NoiseComponents;
  return { noise: noise()(components), identity: privateKey.publicKey.raw };
}

/** The next `length` bytes that come out of `stream`. */
function collect(stream: MessageStream, length: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let bytes: Uint8Array = new Uint8Array(0);
    stream.addEventListener("message", event => {
      bytes = concat(bytes, event.data.subarray());
      if (bytes.length >= length) resolve(bytes);
    });
    stream.addEventListener("close", () => reject(new Error("closed")));
  });
}

describe("@chainsafe/libp2p-noise", () => {
  it.each(["initiator", "responder"] as const)("shakes hands and talks with us as the %s", async role => {
    const [outbound, inbound] = await streamPair();
    const [ourStream, theirStream] = role === "initiator" ? [outbound, inbound] : [inbound, outbound];
    const ours = new Libp2pPeer(ourStream, provider.signature.importKeyPair(ourSeed), role);
    const theirs = await theirEnd();
    const [secured] = await Promise.all([
      role === "initiator"
        ? theirs.noise.secureInbound(theirStream, skip)
        : theirs.noise.secureOutbound(theirStream, skip),
      ours.shakeHands(),
    ]);
    expect(ours.remoteIdentity).toEqual(theirs.identity);
    expect(secured.remotePeer.publicKey?.raw).toEqual(provider.signature.importKeyPair(ourSeed).publicKey);

    for (const text of ["first", "second"].map(utf8)) {
      const arrives = collect(secured.connection, text.length);
      ours.send(text);
      expect(await arrives).toEqual(text);
      secured.connection.send(text);
      expect(await ours.receive()).toEqual(text);
    }
    const long = seededRandom("long")(65519);
    const arrives = collect(secured.connection, long.length);
    ours.send(long);
    expect(await arrives).toEqual(long);
  });
});
