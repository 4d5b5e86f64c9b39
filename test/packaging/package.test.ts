import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InstalledPackage, root } from "./installed-package.js";

describe("the package, packed and installed", () => {
  let installed: InstalledPackage;
  beforeAll(() => {
    installed = new InstalledPackage();
    // An optional peer, for the WebSocket transport in Node. What happens without it: optional-peers.test.ts.
    symlinkSync(join(root, "node_modules/ws"), join(installed.application, "node_modules/ws"));
  });
  afterAll(() => installed.remove());

  it("brings every file that exports, imports and bin name", () => {
    const named = [installed.manifest.exports, installed.manifest.imports, { bin: "./dist/bin/bowline.js" }]
      .flatMap(table => Object.values(table))
      .flatMap(target => (typeof target === "string" ? [target] : Object.values(target)));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(target => !existsSync(join(installed.folder, target)))).toEqual([]);
  });

  it("is imported by every sub-path, and required by every sub-path, with the same names", () => {
    installed.write(
      "both.cjs",
      `(async () => {
        const names = {};
        for (const specifier of ${JSON.stringify(installed.specifiers)}) {
          const required = Object.keys(require(specifier)).filter(name => name !== "__esModule" && name !== "module.exports");
          const imported = Object.keys(await import(specifier));
          if (required.sort().join() !== imported.sort().join()) throw new Error(specifier);
          names[specifier] = imported.length;
        }
        console.log(JSON.stringify(names));
      })();`,
    );
    const names = JSON.parse(installed.run("both.cjs")) as Record<string, number>;
    expect(Object.keys(names)).toEqual(installed.specifiers);
    expect(Object.entries(names).filter(([, count]) => count === 0)).toEqual([]);
  });

  it.each(["nodenext", "bundler"])(
    "gives its types to an application with module resolution %s",
    resolution => {
      const lines = installed.specifiers.map((path, index) => `import * as m${index} from "${path}";`);
      const use = installed.specifiers.map((_, index) => `m${index}`).join(", ");
      const source = `${lines.join("\n")}\nexport const all: object[] = [${use}];\n`;
      const extensions = resolution === "nodenext" ? ["mts", "cts"] : ["ts"];
      for (const extension of extensions) installed.write(`types-${resolution}.${extension}`, source);
      installed.write(
        `tsconfig.${resolution}.json`,
        JSON.stringify({
          compilerOptions: {
            module: resolution === "nodenext" ? "nodenext" : "esnext",
            moduleResolution: resolution,
            target: "ES2022",
            lib: ["ES2022", "ESNext.Disposable"],
            strict: true,
            noEmit: true,
            skipLibCheck: false,
            typeRoots: [join(root, "node_modules/@types")],
            types: ["node"],
          },
          files: extensions.map(extension => `types-${resolution}.${extension}`),
        }),
      );
      const { status, stdout } = spawnSync(
        process.execPath,
        [join(root, "node_modules/typescript/bin/tsc"), "-p", `tsconfig.${resolution}.json`],
        { cwd: installed.application, encoding: "utf8" },
      );
      expect(stdout).toBe("");
      expect(status).toBe(0);
    },
  );

  it("brings the sources that its maps name", () => {
    const maps = installed.files.filter(file => file.endsWith(".map"));
    expect(maps.length).toBeGreaterThan(10);
    const missing = maps.flatMap(file => {
      const map = JSON.parse(readFileSync(join(installed.folder, file), "utf8")) as {
        sources: string[];
        sourcesContent?: string[];
      };
      if (map.sourcesContent !== undefined) return [];
      return map.sources.filter(
        source => !existsSync(normalize(join(installed.folder, dirname(file), source))),
      );
    });
    expect(missing).toEqual([]);
  });

  it("brings no test, no script and no stamp", () => {
    expect(
      installed.files.filter(
        file => !/^(dist|src|docs|examples)\/|^[A-Z]+(\.md)?$|^package\.json$/.test(file),
      ),
    ).toEqual([]);
    expect(installed.files).not.toContain("dist/.stamp");
  });

  it("needs nothing at run time but @noble", () => {
    const {
      dependencies,
      optionalDependencies = {},
      peerDependencies = {},
      peerDependenciesMeta = {},
    } = installed.manifest;
    expect(Object.keys(dependencies).filter(name => !name.startsWith("@noble/"))).toEqual([]);
    expect(optionalDependencies).toEqual({});
    expect(
      Object.keys(peerDependencies).filter(name => peerDependenciesMeta[name]?.optional !== true),
    ).toEqual([]);
  });

  it("brings the command as one file that runs alone", () => {
    const command = join(installed.folder, "dist/bin/bowline.js");
    expect(readFileSync(command, "utf8").slice(0, 20)).toBe("#!/usr/bin/env node\n");
    expect(statSync(command).mode & 0o111).toBe(0o111);
    const imported = [...readFileSync(command, "utf8").matchAll(/^import .*? from "([^"]+)"/gm)].map(
      match => match[1],
    );
    expect(imported.filter(name => name?.startsWith("node:") !== true)).toEqual([]);
    expect(execFileSync(command, ["--help"], { cwd: installed.application, encoding: "utf8" })).toContain(
      "bowline",
    );
    expect(readFileSync(join(installed.folder, "dist/bin/LICENCES.txt"), "utf8")).toContain("commander");
  });
});
