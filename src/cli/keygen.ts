import { Command } from "commander";
import { saveIdentity } from "../identity-file.js";
import { Identity } from "../index.js";

/** `bowline keygen`: makes an identity. */
export function keygenCommand(): Command {
  return new Command("keygen")
    .summary("make a new identity")
    .description("Makes a new identity and writes it to FILE, which must not exist. Only you can read it.")
    .requiredOption("--out <FILE>", "where to write it")
    .addHelpText("after", "\nExample:\n  bowline keygen --out me.key")
    .action(async ({ out }: { readonly out: string }) => {
      const identity = Identity.generate();
      try {
        await saveIdentity(out, identity);
        process.stdout.write(`Wrote ${out}: keep it secret. Others know you by this id:\n${identity.id}\n`);
      } finally {
        identity.dispose();
      }
    });
}
