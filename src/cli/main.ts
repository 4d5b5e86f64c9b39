import { Command, CommanderError } from "commander";
import { demoCommand } from "./demo/command.js";
import { exitCode, exitCodeHelp } from "./exit-codes.js";
import { failureLine, UsageError } from "./failure.js";
import { idCommand } from "./id.js";
import { keygenCommand } from "./keygen.js";
import { packageVersion } from "./version.js";

const examples = `
Examples:
  bowline demo                     two processes, one session, and what happens to it
  bowline keygen --out me.key      a new identity
  bowline id --key me.key          its id, which peers know you by

${exitCodeHelp}`;

function program(): Command {
  const root = new Command("bowline")
    .description("Encrypted, authenticated sessions between two endpoints that know each other's key.")
    .version(packageVersion(), "--version", "print the version")
    .helpOption("--help", "print this help")
    .helpCommand(false)
    .showSuggestionAfterError()
    .addHelpText("after", examples);
  for (const command of [demoCommand(), keygenCommand(), idCommand()]) {
    root.addCommand(command.helpOption("--help", "print this help"));
  }
  for (const command of [root, ...root.commands]) {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  }
  return root;
}

function usageLine(error: CommanderError): string {
  if (error.code === "commander.help") return failureLine(new Error("say what to do. See bowline --help."));
  const said = error.message.replace(/^error: |\.$/g, "").replace("(Did", "(did");
  return failureLine(new Error(`${said}. See bowline --help.`));
}

async function main(args: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    const isUsage = error instanceof CommanderError || error instanceof UsageError;
    process.exitCode = isUsage ? exitCode.usage : exitCode.failure;
    process.stderr.write(error instanceof CommanderError ? usageLine(error) : failureLine(error));
  }
}

void main(process.argv.slice(2));
