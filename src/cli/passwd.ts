import { Command } from "commander";
import { changePassphrase } from "../identity-file.js";
import { UsageError } from "./failure.js";
import { withKeyOptions, type KeyOptions } from "./key-options.js";
import { newPassphrase, passphraseSource } from "./passphrase.js";

interface PasswdOptions extends KeyOptions {
  readonly newPassphraseFile?: string;
  readonly remove?: true;
  readonly json?: true;
}

/** `bowline passwd`: changes the passphrase of an identity's file. */
export function passwdCommand(): Command {
  return withKeyOptions(new Command("passwd"))
    .summary("change the passphrase of a key file")
    .description(
      "Wraps the key anew, under another passphrase or under none. The identity stays the same: no peer notices. Copies of the " +
        "file that were made before still open with the old passphrase.",
    )
    .option(
      "--new-passphrase-file <FILE>",
      "the new passphrase: the first line of FILE, or BOWLINE_NEW_PASSPHRASE",
    )
    .option("--remove", "leave it without a passphrase")
    .option("--json", 'print a JSON object: {"file":"...","passphrase":true}')
    .addHelpText(
      "after",
      "\nExamples:\n  bowline passwd --key me.key\n  bowline passwd --key me.key --remove",
    )
    .action(async ({ key, passphraseFile, newPassphraseFile, remove, json }: PasswdOptions) => {
      if (remove === true && newPassphraseFile !== undefined) {
        throw new UsageError("--remove and --new-passphrase-file exclude each other: leave one out.");
      }
      const source = await passphraseSource(key, { file: passphraseFile, variable: "BOWLINE_PASSPHRASE" });
      const places = { file: newPassphraseFile, variable: "BOWLINE_NEW_PASSPHRASE" };
      const has = remove !== true;
      await changePassphrase(key, source, has ? () => newPassphrase(key, places) : undefined);
      process.stdout.write(
        json === true
          ? `${JSON.stringify({ file: key, passphrase: has })}\n`
          : `${key} ${has ? "has the new passphrase" : "has no passphrase any more"}.\n`,
      );
    });
}
