import { Command } from "commander";
import { loadIdentity } from "../identity-file.js";

interface IdOptions {
  readonly key: string;
  readonly json?: true;
}

/** `bowline id`: shows what peers know an identity by. */
export function idCommand(): Command {
  return new Command("id")
    .summary("show the id of an identity")
    .description("Prints the id of the identity in FILE: its public key, which you may give to anybody.")
    .requiredOption("--key <FILE>", "the identity's file")
    .option("--json", 'print a JSON object: {"id":"..."}')
    .addHelpText(
      "after",
      "\nExamples:\n  bowline id --key me.key\n  bowline id --key me.key --json | jq -r .id",
    )
    .action(async ({ key, json }: IdOptions) => {
      const identity = await loadIdentity(key);
      const { id } = identity;
      identity.dispose();
      process.stdout.write(`${json === true ? JSON.stringify({ id }) : id}\n`);
    });
}
