// The package as users get it: publint, and attw with the profile esm-only (Node's CommonJS loads it by require of a module).
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { ensureBuilt } from "../../scripts/ensure-built.mjs";
import { installPacked } from "../../scripts/packed-package.mjs";

const attw = join(import.meta.dirname, "node_modules/@arethetypeswrong/cli/dist/index.js");

await ensureBuilt();
const folder = mkdtempSync(join(tmpdir(), "bowline-lint-"));
try {
  const tarball = installPacked(folder);
  const { messages, pkg } = await publint({
    pkgDir: join(folder, "node_modules/bowline"),
    pack: false,
    strict: true,
  });
  for (const message of messages) process.stdout.write(`publint: ${formatMessage(message, pkg)}\n`);

  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [attw, tarball, "--profile", "esm-only", "--format", "ascii", "--no-color", "--no-emoji"],
    { encoding: "utf8" },
  );
  if (status !== 0) process.stdout.write(`attw:\n${stdout}${stderr}`);
  process.exitCode = messages.length === 0 && status === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
