import { Secret, utf8, Writer } from "../bytes/index.js";
import type { CryptoProvider } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";

/** Which end of the handshake a secret belongs to. */
export type Role = "initiator" | "responder";

const keyLength = 32;
const noSalt = new Uint8Array(0);
const sessionIdLabel = utf8("bowline/session-id/v1");
const rootLabel = utf8("bowline/root/v1");
const generationLabel = utf8("bowline/generation/v1");
const renewalKeyLabel = utf8("bowline/renewal-key/v1");
const exporterLabel = utf8("bowline/exporter/v1");

/** The longest output of an exporter: HKDF-SHA-256's own limit, in bytes. */
export const maxExportLength = 255 * 32;

/** The session's name: 32 bytes, from the handshake hash. Both ends have the same one; nobody can choose it. */
export function sessionId(provider: CryptoProvider, handshakeHash: Uint8Array): Uint8Array {
  return provider.hash.hash(sessionIdLabel, handshakeHash);
}

/** The root secret of generation 0. The chaining key is not consumed: its holder disposes it. */
export function firstRoot(provider: CryptoProvider, chainingKey: Secret, handshakeHash: Uint8Array): Secret {
  return Secret.take(provider.hkdf(provider.hash, chainingKey.expose(), handshakeHash, rootLabel, keyLength));
}

/** What a generation's root is split into. Each is independent of the others; the holder disposes them. */
export interface GenerationSecrets {
  /** The chain secret of records that the initiator seals. */
  readonly initiatorChain: Secret;
  /** The chain secret of records that the responder seals. */
  readonly responderChain: Secret;
  /** What a resumption's pre-shared key comes from. */
  readonly resumption: Secret;
  /** What exported keys come from: generation 0's is kept for the whole session. */
  readonly exporter: Secret;
  /** What the next generation's root hangs on. */
  readonly nextRoot: Secret;
}

/** Splits the root of `generation` (0 to 65535) and erases it. @see PROTOCOL, section 6 */
export function splitRoot(
  provider: CryptoProvider,
  root: Secret,
  sessionId: Uint8Array,
  generation: number,
): GenerationSecrets {
  const derive = (name: string): Secret => splitOff(provider, root, name, sessionId, generation);
  const secrets = {
    initiatorChain: derive("chain/initiator"),
    responderChain: derive("chain/responder"),
    resumption: derive("resumption"),
    exporter: derive("exporter"),
    nextRoot: derive("next-root"),
  };
  root.dispose();
  return secrets;
}

/** What a restored session's chains come from, of a generation: never a key, never a chain secret. */
export interface RestoreSecrets {
  /** Of what the initiator seals. */
  readonly initiator: Secret;
  /** Of what the responder seals. */
  readonly responder: Secret;
}

/** The restore secrets of `generation` (0 to 65535); the root is not consumed. The holder disposes them. @see PROTOCOL, section 20.1 */
export function restoreSecrets(
  provider: CryptoProvider,
  root: Secret,
  sessionId: Uint8Array,
  generation: number,
): RestoreSecrets {
  return {
    initiator: splitOff(provider, root, "restore/initiator", sessionId, generation),
    responder: splitOff(provider, root, "restore/responder", sessionId, generation),
  };
}

function splitOff(
  provider: CryptoProvider,
  root: Secret,
  name: string,
  sessionId: Uint8Array,
  generation: number,
): Secret {
  const info = new Writer()
    .bytes(utf8(`bowline/${name}/v1`))
    .bytes(sessionId)
    .u16(generation)
    .finish();
  return Secret.take(provider.hkdf(provider.hash, root.expose(), noSalt, info, keyLength));
}

/**
 * The root of generation `generation`, from the next root of the one before it (the salt) and fresh secrets: DH, then KEM. `transcript` is
 * the hash of both messages. The arguments are not consumed; the caller owns and disposes the result.
 *
 * @see PROTOCOL, section 14.3
 */
export function nextGenerationRoot(
  provider: CryptoProvider,
  nextRoot: Secret,
  fresh: Secret,
  transcript: Uint8Array,
  sessionId: Uint8Array,
  generation: number,
): Secret {
  const info = new Writer()
    .bytes(generationLabel)
    .bytes(transcript)
    .bytes(sessionId)
    .u16(generation)
    .finish();
  return Secret.take(provider.hkdf(provider.hash, fresh.expose(), nextRoot.expose(), info, keyLength));
}

/**
 * A key for the application's own use, bound to this session: both ends get the same for the same label and context.
 * `label`: 1 to 255 bytes of UTF-8. `length`: 1 to 8160 bytes. The caller owns the result and disposes it.
 *
 * @throws invalid-argument
 * @see PROTOCOL, section 7; RFC 8446, section 7.5, for the idea
 */
export function exportKey(
  provider: CryptoProvider,
  exporter: Secret,
  label: string,
  context: Uint8Array,
  length: number,
): Secret {
  const labelBytes = utf8(label);
  if (labelBytes.length < 1 || labelBytes.length > 255) {
    throw new SessionError(
      "invalid-argument",
      `An exporter's label has 1 to 255 bytes; this one has ${labelBytes.length}.`,
    );
  }
  if (!Number.isInteger(length) || length < 1 || length > maxExportLength) {
    throw new SessionError(
      "invalid-argument",
      `An exporter gives 1 to ${maxExportLength} bytes; ${length} were asked for.`,
    );
  }
  const info = new Writer()
    .bytes(exporterLabel)
    .u16(length)
    .u8(labelBytes.length)
    .bytes(labelBytes)
    .bytes(provider.hash.hash(context))
    .finish();
  return Secret.take(provider.hkdf(provider.hash, exporter.expose(), noSalt, info, length));
}

/** The pre-shared key of a renewal: 32 bytes, the caller's. Its label is no exporter's, so that no application can export it. */
export function renewalKey(provider: CryptoProvider, exporter: Secret): Secret {
  return Secret.take(provider.hkdf(provider.hash, exporter.expose(), noSalt, renewalKeyLabel, keyLength));
}
