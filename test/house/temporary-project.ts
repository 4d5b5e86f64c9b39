import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** A project in a temporary folder, with the compiler settings and the packages of this one, and sources of its own. */
export class TemporaryProject {
  readonly folder = mkdtempSync(join(tmpdir(), "bowline-house-"));

  constructor() {
    symlinkSync(join(root, "node_modules"), join(this.folder, "node_modules"));
    this.write(
      "tsconfig.json",
      JSON.stringify({ extends: join(root, "tsconfig.base.json"), include: ["src", "sim", "test"] }),
    );
    this.write("package.json", JSON.stringify({ name: "temporary", type: "module" }));
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
