import { Command, Option } from "commander";
import {
  checkClock,
  checkKeyFile,
  checkKnownPeers,
  checkListening,
  checkMlKem,
  checkProvider,
  checkRuntime,
  checkWebSocket,
  type Finding,
} from "./doctor-checks.js";
import { exitCode } from "./exit-codes.js";
import { defaultKnownPeersFile } from "./known-peers.js";
import { paletteFor } from "./terminal.js";

interface DoctorOptions {
  readonly key?: string;
  readonly listen?: string;
  readonly knownPeers?: string;
  readonly json?: true;
}

/** `bowline doctor`: what this machine and runtime can do. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .summary("see what this machine can do")
    .description(
      "Checks the runtime, the cryptography, the network, the clock and the files that the command uses. Says what to do where " +
        "something is amiss, and exits with 1 then.",
    )
    .addOption(new Option("--key <FILE>", "check this key file, too").env("BOWLINE_KEY"))
    .option("--listen <URL>", "check whether this address can be listened at")
    .option("--known-peers <FILE>", "check this file (default: ~/.config/bowline/known_peers)")
    .option(
      "--json",
      'print a JSON object for each check: {"check":"...","status":"ok|warning|failed","detail":"..."}',
    )
    .addHelpText(
      "after",
      "\nExamples:\n  bowline doctor\n  bowline doctor --key me.key --listen tcp://0.0.0.0:7000",
    )
    .action(async ({ key, listen, knownPeers, json }: DoctorOptions) => {
      const checks: (() => Finding | Promise<Finding>)[] = [
        checkRuntime,
        checkProvider,
        checkMlKem,
        checkWebSocket,
        () => checkListening(listen),
        checkClock,
        () => checkKeyFile(key),
        () => checkKnownPeers(knownPeers ?? defaultKnownPeersFile()),
      ];
      const palette = paletteFor(process.stdout, process.env);
      const paint = { ok: palette.green, warning: palette.yellow, failed: palette.red };
      for (const check of checks) {
        const finding = await check();
        if (finding.status === "failed") process.exitCode = exitCode.failure;
        process.stdout.write(
          json === true
            ? `${JSON.stringify(finding)}\n`
            : `${paint[finding.status](finding.status.padEnd(7))}  ${finding.check.padEnd(11)}  ${finding.detail}\n`,
        );
      }
    });
}
