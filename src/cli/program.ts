import { Command } from "commander";
import { chatCommands } from "./chat/commands.js";
import { completionCommand } from "./completion.js";
import { demoCommand } from "./demo/command.js";
import { doctorCommand } from "./doctor.js";
import { exitCodeHelp } from "./exit-codes.js";
import { forwardCommand } from "./forward/command.js";
import { idCommand } from "./id.js";
import { inspectCommand } from "./inspect.js";
import { keygenCommand } from "./keygen.js";
import { passwdCommand } from "./passwd.js";
import { receiveCommand } from "./transfer/receive-command.js";
import { sendCommand } from "./transfer/send-command.js";
import { packageVersion } from "./version.js";

const examples = `
Examples:
  bowline demo                     two processes, one session, and what happens to it
  bowline keygen --out me.key      a new identity
  bowline id --key me.key          its id, which peers know you by
  bowline forward --help           a TCP tunnel
  bowline listen --help            a chat, or bytes from one shell to another
  bowline send --help              files
  bowline doctor                   what this machine can do

${exitCodeHelp}`;

/** The whole command line. */
export function program(): Command {
  const root = new Command("bowline")
    .description("Encrypted, authenticated sessions between two endpoints that know each other's key.")
    .version(packageVersion(), "--version", "print the version")
    .helpOption("--help", "print this help")
    .helpCommand("help [COMMAND]", "print the help of a sub-command")
    .showSuggestionAfterError()
    .addHelpText("after", examples);
  const commands = [
    demoCommand(),
    keygenCommand(),
    idCommand(),
    passwdCommand(),
    forwardCommand(),
    ...chatCommands(),
    sendCommand(),
    receiveCommand(),
    inspectCommand(),
    doctorCommand(),
    completionCommand(() => root),
  ];
  for (const command of commands) root.addCommand(command.helpOption("--help", "print this help"));
  for (const command of [root, ...root.commands]) {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
    demandLast(command);
  }
  return root;
}

/** Looks for mandatory options behind all others: one that is misspelt is named as what it is, not as one that is missing. */
function demandLast(command: Command): void {
  const mandatory = command.options.filter(option => option.mandatory);
  for (const option of mandatory) option.makeOptionMandatory(false);
  command.hook("preAction", () => {
    const missing = mandatory.find(option => command.getOptionValue(option.attributeName()) === undefined);
    if (missing === undefined) return;
    command.error(`error: required option '${missing.flags}' not specified`, {
      code: "commander.missingMandatoryOptionValue",
    });
  });
}
