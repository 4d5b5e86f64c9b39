import { Command } from "commander";
import { fingerprintOf } from "./fingerprint.js";
import { identityOf, withKeyOptions, type KeyOptions } from "./key-options.js";

interface IdOptions extends KeyOptions {
  readonly json?: true;
}

/** `bowline id`: shows what peers know an identity by. */
export function idCommand(): Command {
  return withKeyOptions(new Command("id"))
    .summary("show the id of an identity")
    .description(
      "Prints the id of an identity, which is its public key and what --peer and --allow take, and its fingerprint, which is " +
        "shorter and there to be compared. You may give both to anybody.",
    )
    .option("--json", 'print a JSON object: {"id":"...","fingerprint":"..."}')
    .addHelpText(
      "after",
      "\nExamples:\n  bowline id --key me.key\n  bowline id --key me.key --json | jq -r .id",
    )
    .action(async (options: IdOptions) => {
      const identity = await identityOf(options);
      const { id } = identity;
      identity.dispose();
      const fingerprint = fingerprintOf(id);
      process.stdout.write(
        options.json === true ? `${JSON.stringify({ id, fingerprint })}\n` : `${id}\n${fingerprint}\n`,
      );
    });
}
