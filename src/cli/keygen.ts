import { Command } from "commander";
import { saveIdentity } from "../identity-file.js";
import { Identity } from "../index.js";
import { fingerprintOf } from "./fingerprint.js";
import { newPassphrase } from "./passphrase.js";

interface KeygenOptions {
  readonly out: string;
  readonly passphrase?: true;
  readonly passphraseFile?: string;
  readonly json?: true;
}

/** `bowline keygen`: makes an identity. */
export function keygenCommand(): Command {
  return new Command("keygen")
    .summary("make a new identity")
    .description("Makes a new identity and writes it to FILE, which must not exist. Only you can read it.")
    .requiredOption("--out <FILE>", "where to write it")
    .option("--passphrase", "ask for a passphrase that opens it, or take it from BOWLINE_PASSPHRASE")
    .option("--passphrase-file <FILE>", "the passphrase that opens it: the first line of FILE")
    .option("--json", 'print a JSON object: {"file":"...","id":"...","fingerprint":"..."}')
    .addHelpText(
      "after",
      "\nExamples:\n  bowline keygen --out me.key\n  bowline keygen --out me.key --passphrase",
    )
    .action(async ({ out, passphrase: asked, passphraseFile, json }: KeygenOptions) => {
      const hasPassphrase = asked === true || passphraseFile !== undefined;
      const places = { file: passphraseFile, variable: "BOWLINE_PASSPHRASE" };
      const passphrase = hasPassphrase ? await newPassphrase(out, places) : undefined;
      const identity = Identity.generate();
      try {
        await saveIdentity(out, identity, passphrase === undefined ? {} : { passphrase });
        const { id } = identity;
        process.stdout.write(
          json === true
            ? `${JSON.stringify({ file: out, id, fingerprint: fingerprintOf(id) })}\n`
            : `Wrote ${out}: keep it secret. Others know you by this id:\n${id}\n`,
        );
      } finally {
        passphrase?.dispose();
        identity.dispose();
      }
    });
}
