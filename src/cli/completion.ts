import { Argument, Command } from "commander";
import { scripts, type CompletionTree } from "./completion-scripts.js";

type Shell = keyof typeof scripts;

/** `bowline completion`: a script that teaches a shell the command line, made of the command line itself. */
export function completionCommand(root: () => Command): Command {
  return new Command("completion")
    .summary("print a completion script for a shell")
    .description("Prints a script that completes sub-commands, options and files of bowline in a shell.")
    .addArgument(new Argument("<SHELL>", "which shell").choices(Object.keys(scripts)))
    .addHelpText(
      "after",
      "\nExamples:\n  source <(bowline completion bash)\n  bowline completion zsh > ~/.zfunc/_bowline\n" +
        "  bowline completion fish > ~/.config/fish/completions/bowline.fish",
    )
    .action((shell: Shell) => {
      process.stdout.write(scripts[shell](treeOf(root())));
    });
}

/** The sub-commands with their options, as commander has them. */
export function treeOf(root: Command): CompletionTree {
  return root.commands.map(command => ({
    name: command.name(),
    summary: command.summary(),
    options: command
      .createHelp()
      .visibleOptions(command)
      .map(option => ({
        flag: option.long!,
        description: option.description,
        takes: option.required
          ? /<(FILE|DIR)>/.test(option.flags)
            ? ("file" as const)
            : ("value" as const)
          : undefined,
      })),
    choices: command.registeredArguments.flatMap(argument => argument.argChoices ?? []),
    files: command.registeredArguments.some(argument => /FILE|DIR/.test(argument.name())),
  }));
}
