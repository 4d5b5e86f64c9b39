import { constants } from "node:os";
import { Command, Option } from "commander";
import { parseByteSize } from "../byte-size.js";
import { exitCode } from "../exit-codes.js";
import { UsageError } from "../failure.js";
import { paletteFor } from "../terminal.js";
import { packageVersion } from "../version.js";
import { checkFacts } from "./checks.js";
import { closingTable } from "./closing-table.js";
import type { Role } from "./demo-process.js";
import { serveAsDialer } from "./dialer.js";
import { serveAsListener } from "./listener.js";
import { Narrator } from "./narrator.js";
import { play } from "./scenario.js";
import { Stage } from "./stage.js";
import { verdictOf } from "./verdict.js";

interface DemoOptions {
  readonly size: number;
  readonly part?: Role;
}

const parts: Readonly<Record<Role, () => void>> = { listener: serveAsListener, dialer: serveAsDialer };
const stoppingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** `bowline demo`: two processes, one session, what happens to it, and what does not happen to it. */
export function demoCommand(): Command {
  return new Command("demo")
    .summary("two processes, one session, and what happens to it")
    .description(
      "Starts two processes on this machine that hold a session over TCP: handshake, messages, key rotations, a file, " +
        "and a man in the middle whose doings are refused. Ends with a table; fails where anything is not as it must be.",
    )
    .addOption(
      new Option("--size <BYTES>", "size of the file")
        .argParser(parseByteSize)
        .default(64 * 2 ** 20, "64MiB"),
    )
    .addOption(new Option("--part <PART>").choices(["listener", "dialer"]).hideHelp())
    .addHelpText("after", "\nExamples:\n  bowline demo\n  bowline demo --size 1GiB")
    .action(async ({ size, part }: DemoOptions) => {
      if (part === undefined) process.exitCode = await demonstrate(size);
      else if (process.connected) parts[part]();
      else throw new UsageError("--part is for the processes that bowline demo starts: leave it out.");
    });
}

/** Runs the demonstration on standard output. Returns the exit code; everything that it started has ended then. */
async function demonstrate(size: number): Promise<number> {
  const palette = paletteFor(process.stdout, process.env);
  const narrator = new Narrator(process.stdout, palette);
  narrator.lines([palette.bold(`bowline ${packageVersion()}`)]);
  const stage = new Stage(narrator, size);
  const interruption = new Interruption(() => stage.kill());
  try {
    const facts = await play(stage);
    const verdict = verdictOf(checkFacts(facts));
    narrator.heading("What was measured");
    narrator.lines(closingTable(facts));
    narrator.heading("Verdict");
    narrator.lines(verdict.lines.map(verdict.exitCode === exitCode.ok ? palette.green : palette.red));
    return verdict.exitCode;
  } catch (error) {
    if (interruption.status === undefined) throw error;
    narrator.heading(interruption.reason);
    return interruption.status;
  } finally {
    await stage.strike();
    interruption.dispose();
  }
}

/** Listens for what ends the demonstration early: a signal, or a reader of the output that has gone. */
class Interruption {
  readonly #onSignal: (signal: NodeJS.Signals) => void;
  readonly #onOutputError: () => void;
  /** The exit code, once it has been ended. */
  status: number | undefined;
  reason = "";

  constructor(stop: () => void) {
    this.#onSignal = signal => {
      this.status = exitCode.signalBase + constants.signals[signal];
      this.reason = `Stopped by ${signal}`;
      stop();
    };
    this.#onOutputError = () => {
      this.status ??= exitCode.failure;
      stop();
    };
    for (const signal of stoppingSignals) process.on(signal, this.#onSignal);
    process.stdout.on("error", this.#onOutputError);
  }

  dispose(): void {
    for (const signal of stoppingSignals) process.off(signal, this.#onSignal);
  }
}
