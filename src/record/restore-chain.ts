import { Secret, utf8, Writer } from "../bytes/index.js";
import { chainSecretLength, type RecordCrypto } from "./chain-secret.js";
import type { RestoreScope } from "./restore-header.js";

const label = utf8("bowline/restore-chain/v1");

/** What makes a restore epoch another one: no two are ever the same, since `random` is fresh. */
export interface RestoreBinding extends RestoreScope {
  readonly fence: bigint;
  /** The sealer's R: 32 bytes. */
  readonly random: Uint8Array;
  /** R', the opener's R that the sealer knows, or zeros: 32 bytes. */
  readonly peerRandom: Uint8Array;
}

/**
 * The chain secret (rotation 0) of a restore epoch, from the restore secret of its direction and generation, which remains the caller's. The caller
 * disposes the result.
 *
 * @see PROTOCOL, section 20.1
 */
export function deriveRestoreChain(
  crypto: Pick<RecordCrypto, "hash" | "hkdf">,
  restoreSecret: Secret,
  { sessionId, direction, generation, fence, random, peerRandom }: RestoreBinding,
): Secret {
  const info = new Writer()
    .bytes(label)
    .bytes(sessionId)
    .u8(direction === "initiator" ? 0 : 1)
    .u16(generation)
    .u64(fence)
    .bytes(peerRandom)
    .finish();
  return Secret.take(crypto.hkdf(crypto.hash, restoreSecret.expose(), random, info, chainSecretLength));
}
