import { InvalidArgumentError, Option, type Command } from "commander";
import { SessionManager } from "../index.js";
import type { AllowOptions } from "./allow-list.js";
import { printEvents } from "./event-report.js";
import { identityOf, withKeyOptions, type KeyOptions } from "./key-options.js";
import type { PeerOptions } from "./peer-options.js";
import { Reporter } from "./reporter.js";
import { Stopping } from "./stopping.js";

/** What every sub-command that has sessions takes. */
export interface SessionOptions extends KeyOptions, PeerOptions, AllowOptions {
  readonly json?: true;
  readonly inspect?: true;
}

/** What a sub-command works with while it runs. */
export interface Running {
  readonly manager: SessionManager;
  readonly reporter: Reporter;
  /** Aborts when the command is to end. */
  readonly signal: AbortSignal;
  /** The id of this end. */
  readonly id: string;
}

export function withSessionOptions(command: Command): Command {
  return withKeyOptions(command)
    .option("--json", "print JSON objects on standard output, one a line")
    .option("--inspect", "print every event of the sessions on standard error");
}

export function withPeerOptions(command: Command): Command {
  return command
    .option("--peer <ID>", "whom to expect there: the id that bowline id shows at the far end")
    .option("--trust-first", "pin the key that is shown at the first contact, expect it from then on")
    .option("--known-peers <FILE>", "where pinned keys are (default: ~/.config/bowline/known_peers)");
}

export function withAllowOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--allow <ID>", "who may connect; may be repeated").argParser(
        (id: string, before: readonly string[] = []) => [...before, id],
      ),
    )
    .option("--allow-file <FILE>", "who may connect: a file with an id on each line");
}

function parseSeconds(text: string): number {
  const seconds = /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= 0) return Math.round(seconds * 1000);
  throw new InvalidArgumentError("Give a number of seconds, 0 to 999999: 2.5");
}

/** An option of a duration in seconds, `byDefault` of them where it is not given. Gives milliseconds. */
export function secondsOption(flags: string, description: string, byDefault: number): Option {
  return new Option(flags, description).argParser(parseSeconds).default(byDefault * 1000, String(byDefault));
}

/** How a sub-command runs. */
export interface RunOptions {
  /** Whether being stopped at this moment cuts nothing. Default: it does. */
  readonly isServing?: () => boolean;
  /** Streams that a peer may have open at a time. Default: the library's. */
  readonly maxStreams?: number;
}

/** Runs a sub-command with a manager of its identity, and closes all sessions at the end, whatever the end is. */
export async function runWithSessions(
  options: SessionOptions,
  run: (running: Running) => Promise<void>,
  { isServing = () => false, maxStreams }: RunOptions = {},
): Promise<void> {
  const reporter = new Reporter(options.json === true);
  const stopping = new Stopping();
  const identity = await identityOf(options);
  const manager = new SessionManager({
    identity,
    onError: error => reporter.warn(error),
    ...(maxStreams === undefined ? {} : { maxStreams }),
  });
  if (options.inspect === true) printEvents(manager, reporter.json);
  try {
    await run({ manager, reporter, signal: stopping.signal, id: identity.id });
    if (stopping.stopped) process.exitCode = stopping.exitCode(isServing());
  } catch (error) {
    process.exitCode = stopping.stopped ? stopping.exitCode(isServing()) : reporter.fail(error);
  } finally {
    await manager.close();
    identity.dispose();
    stopping.dispose();
  }
}
