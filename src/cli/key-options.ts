import { Option, type Command } from "commander";
import { loadIdentity } from "../identity-file.js";
import type { Identity } from "../index.js";
import { passphraseSource } from "./passphrase.js";

/** What every sub-command that uses an identity takes. */
export interface KeyOptions {
  readonly key: string;
  readonly passphraseFile?: string;
}

export function withKeyOptions(command: Command): Command {
  return command
    .addOption(new Option("--key <FILE>", "the identity's file").env("BOWLINE_KEY").makeOptionMandatory())
    .addOption(
      new Option("--passphrase-file <FILE>", "its passphrase: the first line of FILE, or BOWLINE_PASSPHRASE"),
    );
}

/** The identity that the options name. The caller disposes it. */
export async function identityOf({ key, passphraseFile }: KeyOptions): Promise<Identity> {
  const source = await passphraseSource(key, { file: passphraseFile, variable: "BOWLINE_PASSPHRASE" });
  return loadIdentity(key, source === undefined ? {} : { passphrase: source });
}
