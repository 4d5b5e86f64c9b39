import { SessionError, type ErrorCode } from "../index.js";

/** What the command's exit status says. Scripts rely on it. */
export const exitCode = {
  ok: 0,
  /** What was asked for was not done, or did not turn out as it must. Standard error says why. */
  failure: 1,
  /** The command line itself is wrong: nothing was begun. */
  usage: 2,
  /** The peer is not who it must be, or does not take this end for whom it expects. */
  peer: 3,
  /** The peer's key is not the one that was pinned at the first contact. */
  keyChanged: 4,
  /** The far end can't be reached, or the way to it was cut. */
  network: 5,
  /** The address to listen at can't be had. */
  address: 6,
  /** The identity's file is missing, exposed, damaged or locked, or exists already. */
  keyFile: 7,
  /** A file was not transferred: it can't be read here, the other end refuses it, or what arrived is not what was sent. */
  transfer: 8,
  /** Ended by a signal: 128 and the signal's number, as shells have it. */
  signalBase: 128,
} as const;

/** What each exit code says to a person, in a few words. */
export const exitCodeMeanings: readonly (readonly [code: string, meaning: string])[] = [
  [String(exitCode.ok), "done"],
  [String(exitCode.failure), "failed"],
  [String(exitCode.usage), "the command line is wrong"],
  [String(exitCode.peer), "the peer is not who it must be, or refuses this end"],
  [String(exitCode.keyChanged), "a known peer's key has changed"],
  [String(exitCode.network), "the far end can't be reached, or the network was cut"],
  [String(exitCode.address), "the address to listen at can't be had"],
  [String(exitCode.keyFile), "the key file is missing, exposed, damaged, locked, or exists already"],
  [String(exitCode.transfer), "the file was refused, did not arrive as it was sent, or can't be read here"],
  ["128 + N", "ended by signal N"],
];

/** The same, for `--help`. */
export const exitCodeHelp = `Exit codes:\n${exitCodeMeanings
  .map(([code, meaning]) => `  ${code.padEnd(9)}${meaning}`)
  .join("\n")}`;

const byErrorCode: Readonly<Partial<Record<ErrorCode, number>>> = {
  "peer-mismatch": exitCode.peer,
  "peer-refused": exitCode.peer,
  "handshake-failed": exitCode.peer,
  "downgrade-refused": exitCode.peer,
  "suite-not-acceptable": exitCode.peer,
  "offer-malformed": exitCode.peer,
  "connect-failed": exitCode.network,
  "connect-timeout": exitCode.network,
  "handshake-timeout": exitCode.network,
  "connection-lost": exitCode.network,
  "session-truncated": exitCode.network,
  "listen-failed": exitCode.address,
  "identity-file-missing": exitCode.keyFile,
  "identity-file-exposed": exitCode.keyFile,
  "identity-file-malformed": exitCode.keyFile,
  "identity-file-exists": exitCode.keyFile,
  "identity-file-failed": exitCode.keyFile,
  "identity-file-locked": exitCode.keyFile,
  "identity-file-passphrase-wrong": exitCode.keyFile,
};

/** The exit code of an error of the library. */
export function exitCodeOf(error: unknown): number {
  return (SessionError.is(error) ? byErrorCode[error.code] : undefined) ?? exitCode.failure;
}
