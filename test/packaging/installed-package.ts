import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly imports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** An application in a temporary folder, with the package installed as `npm pack` makes it. */
export class InstalledPackage {
  readonly application = mkdtempSync(join(tmpdir(), "bowline-packaging-"));
  readonly folder = join(this.application, "node_modules/bowline");
  readonly manifest: Manifest;

  constructor() {
    // npm hands its settings to the scripts it starts; here it starts afresh.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
    const cache = join(this.application, "npm-cache");
    const output = execFileSync(
      "npm",
      ["pack", "--ignore-scripts", "--json", "--cache", cache, "--pack-destination", this.application, root],
      { cwd: this.application, encoding: "utf8", env },
    );
    const tarball = readdirSync(this.application).find(name => name.endsWith(".tgz"));
    if (tarball === undefined) throw new Error(`npm pack made no package: ${output}`);
    // What npm would do with the package, without a registry: its dependencies are those of this project.
    mkdirSync(this.folder, { recursive: true });
    execFileSync("tar", ["-xzf", join(this.application, tarball), "--strip-components=1", "-C", this.folder]);
    symlinkSync(join(root, "node_modules/@noble"), join(this.application, "node_modules/@noble"));
    this.write("package.json", JSON.stringify({ name: "application", private: true }));
    this.manifest = JSON.parse(readFileSync(join(this.folder, "package.json"), "utf8")) as Manifest;
  }

  /** Every sub-path of `exports`, as it is imported: `bowline`, `bowline/noise`, ... */
  get specifiers(): string[] {
    return Object.keys(this.manifest.exports)
      .filter(path => path !== "./package.json")
      .map(path => `${this.manifest.name}${path.slice(1)}`);
  }

  /** Every file of the package, relative to it. */
  get files(): string[] {
    return readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name).slice(this.folder.length + 1));
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.application, path), text);
  }

  /** What a program in the application prints. */
  run(...args: readonly string[]): string {
    return execFileSync(process.execPath, args, { cwd: this.application, encoding: "utf8" });
  }

  remove(): void {
    rmSync(this.application, { recursive: true, force: true });
  }
}
