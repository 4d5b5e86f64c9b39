/** Whose doing an error is. */
export type ErrorCategory = "peer-misbehaved" | "usage" | "limit" | "store" | "transport" | "internal";

/** What puts it right. `none`: nothing that a program can do by itself. */
export type ErrorRecovery = "retry" | "resend" | "renew" | "rehandshake" | "reopen" | "none";

interface ErrorKind {
  readonly category: ErrorCategory;
  readonly recovery: ErrorRecovery;
}

const usage = { category: "usage", recovery: "none" } as const satisfies ErrorKind;
const peer = { category: "peer-misbehaved", recovery: "none" } as const satisfies ErrorKind;
const failedHandshake = { category: "peer-misbehaved", recovery: "rehandshake" } as const satisfies ErrorKind;

/** Every code that bowline throws, with its category and recovery. A code, once published, keeps its meaning. */
export const errorKinds = {
  "invalid-argument": usage,
  "secret-disposed": usage,

  "public-key-malformed": peer,
  "public-key-low-order": peer,
  "public-key-not-canonical": peer,
  "kem-public-key-invalid": peer,
  "kem-ciphertext-invalid": peer,

  "protocol-name-invalid": usage,
  "pattern-invalid": usage,
  "algorithm-unsupported": usage,
  "handshake-key-missing": usage,
  "handshake-out-of-turn": usage,
  "handshake-message-too-long": usage,
  "handshake-failed": failedHandshake,
  "transport-message-too-long": usage,
  "decryption-failed": peer,
  "nonce-exhausted": { category: "limit", recovery: "rehandshake" },

  "plaintext-empty": usage,
  "plaintext-too-large": usage,
  "batch-empty": usage,
  "batch-too-long": usage,
  "record-too-short": peer,
  "record-too-long": peer,
  "record-replayed": peer,
  "record-out-of-window": peer,
  "record-out-of-order": peer,
  "record-forged": peer,
  "epoch-unknown": peer,
  "epoch-too-far": peer,
  "batch-malformed": peer,
  "frame-malformed": peer,
  "frame-unexpected": peer,
  "frame-too-long": peer,
  "rotation-exhausted": { category: "limit", recovery: "renew" },

  "offer-malformed": failedHandshake,
  "suite-not-acceptable": failedHandshake,
  "downgrade-refused": failedHandshake,
  "peer-mismatch": { category: "peer-misbehaved", recovery: "none" },
  "peer-refused": { category: "peer-misbehaved", recovery: "none" },
  "session-not-active": { category: "usage", recovery: "retry" },
  "delivery-unordered": usage,
  "session-closed": { category: "usage", recovery: "reopen" },
  "session-expired": { category: "limit", recovery: "rehandshake" },
  "session-quarantined": { category: "peer-misbehaved", recovery: "rehandshake" },
  "resumption-refused": failedHandshake,
  "lease-pending": { category: "limit", recovery: "retry" },
  "limit-exceeded": { category: "limit", recovery: "renew" },
  "session-truncated": { category: "transport", recovery: "reopen" },

  "stream-reset": { category: "peer-misbehaved", recovery: "none" },
  "stream-refused": { category: "peer-misbehaved", recovery: "retry" },
  "stream-malformed": peer,
  "request-failed": { category: "peer-misbehaved", recovery: "none" },
  "request-unhandled": { category: "peer-misbehaved", recovery: "none" },
  "request-timeout": { category: "transport", recovery: "resend" },
  "message-invalid": peer,

  aborted: { category: "usage", recovery: "retry" },
  "connect-failed": { category: "transport", recovery: "retry" },
  "connect-timeout": { category: "transport", recovery: "retry" },
  "handshake-limit": { category: "limit", recovery: "retry" },
  "handshake-timeout": { category: "transport", recovery: "rehandshake" },
  "connection-lost": { category: "transport", recovery: "reopen" },
  "listen-failed": { category: "transport", recovery: "retry" },
  "receive-buffer-full": { category: "limit", recovery: "reopen" },
  "dependency-missing": usage,

  "identity-file-missing": usage,
  "identity-file-malformed": usage,
  "identity-file-exposed": usage,
  "identity-file-exists": usage,
  "identity-file-failed": usage,
  "identity-file-locked": usage,
  "identity-file-passphrase-wrong": usage,

  "store-conflict": { category: "store", recovery: "retry" },
  "store-failed": { category: "store", recovery: "retry" },
  "store-full": { category: "store", recovery: "retry" },
  "store-read-only": { category: "store", recovery: "none" },
  "store-locked": { category: "store", recovery: "retry" },
  "store-corrupt": { category: "store", recovery: "none" },
  "store-timeout": { category: "store", recovery: "retry" },
  "store-busy": { category: "limit", recovery: "retry" },
  "store-fenced": { category: "store", recovery: "reopen" },
  "snapshot-invalid": { category: "store", recovery: "rehandshake" },

  internal: { category: "internal", recovery: "none" },
} as const satisfies Record<string, ErrorKind>;

/** A stable, literal name of what went wrong. */
export type ErrorCode = keyof typeof errorKinds;
