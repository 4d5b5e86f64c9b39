import { CommanderError } from "commander";
import { exitCode } from "./exit-codes.js";
import { failureLine } from "./failure.js";
import { program } from "./program.js";
import { Reporter } from "./reporter.js";

function usageLine(error: CommanderError, name: string | undefined): string {
  const isCommand = program().commands.some(command => command.name() === name);
  const help = isCommand ? `bowline ${name} --help` : "bowline --help";
  if (error.code === "commander.help") return failureLine(new Error("say what to do. See bowline --help."));
  const said = error.message.replace(/^error: |\.$/g, "").replace("(Did", "(did");
  const more = said.includes("option '--key <FILE>' not specified") ? ", and BOWLINE_KEY is not set" : "";
  return failureLine(new Error(`${said}${more}. See ${help}.`));
}

async function main(args: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return;
      process.exitCode = exitCode.usage;
      process.stderr.write(usageLine(error, args[0]));
    } else {
      process.exitCode = new Reporter(args.includes("--json")).fail(error);
    }
  }
}

void main(process.argv.slice(2));
