/** What the command's exit status says. Scripts rely on it. */
export const exitCode = {
  ok: 0,
  /** What was asked for was not done, or did not turn out as it must. Standard error says why. */
  failure: 1,
  /** The command line itself is wrong: nothing was begun. */
  usage: 2,
  /** Ended by a signal: 128 and the signal's number, as shells have it. */
  signalBase: 128,
} as const;

/** The same, for `--help`. */
export const exitCodeHelp = `Exit codes: 0 done; 1 failed; 2 the command line is wrong; 128 + N ended by signal N.`;
