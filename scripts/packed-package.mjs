// The package as `npm pack` makes it, unpacked as an application would have it.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm, root } from "./set-up.mjs";

/**
 * Packs into `folder`, which becomes an application that has the package installed: what npm would do without a registry. Its dependencies, and
 * `others` by name, are those of this project. Returns the path of the tarball.
 */
export function installPacked(folder, others = []) {
  // npm hands its settings to the scripts it starts; here it starts afresh.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(?!execpath)/i.test(name)),
  );
  const packing = npm(
    ["pack", "--ignore-scripts", "--cache", join(folder, "npm-cache"), "--pack-destination", folder, root],
    { cwd: folder, encoding: "utf8", env },
  );
  const tarball = readdirSync(folder).find(name => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error(`npm pack made no package: ${packing.stdout}${packing.stderr}`);

  const installed = join(folder, "node_modules/bowline");
  mkdirSync(installed, { recursive: true });
  const unpacking = spawnSync("tar", [
    "-xzf",
    join(folder, tarball),
    "--strip-components=1",
    "-C",
    installed,
  ]);
  if (unpacking.status !== 0) throw new Error(`tar has failed: ${unpacking.stderr}`);
  for (const name of ["@noble", ...others])
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "application", type: "module" }));
  return join(folder, tarball);
}
