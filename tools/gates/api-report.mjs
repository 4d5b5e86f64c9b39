// The public interface of each sub-path as a report in api/, from the declarations that are built. Fails where a report in the tree differs;
// `--update` (`npm run api:update`) writes them.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";
import { ensureBuilt } from "../../scripts/ensure-built.mjs";
import { root } from "../../scripts/set-up.mjs";
import { entryPoints } from "./entry-points.mjs";

const kept = join(root, "api");
const compilerOptions = {
  target: "es2022",
  lib: ["es2022", "esnext.disposable"],
  module: "nodenext",
  moduleResolution: "nodenext",
  strict: true,
  skipLibCheck: true,
  types: ["node"],
};
/** What is undocumented or not exported is TypeDoc's to tell. */
const silent = { default: { logLevel: ExtractorLogLevel.None } };

function configFor({ shortName, declaration }, folder) {
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: declaration,
      newlineKind: "lf",
      compiler: {
        overrideTsconfig: { compilerOptions, files: entryPoints.map(entry => entry.declaration) },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${shortName}.api.md`,
        reportFolder: folder,
        reportTempFolder: join(folder, "temp"),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: silent,
        extractorMessageReporting: silent,
        tsdocMessageReporting: silent,
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, "package.json"),
  });
}

/** Writes the reports into `folder`. */
function writeReports(folder) {
  mkdirSync(join(folder, "temp"));
  let compilerState;
  for (const entry of entryPoints) {
    const config = configFor(entry, folder);
    compilerState ??= CompilerState.create(config, {
      additionalEntryPoints: entryPoints.map(({ declaration }) => declaration),
    });
    Extractor.invoke(config, {
      localBuild: true,
      compilerState,
      messageCallback: message => {
        if (message.logLevel === "error") process.stdout.write(`${message.text}\n`);
        message.handled = true;
      },
    });
  }
  rmSync(join(folder, "temp"), { recursive: true });
}

/** The first line in which two reports differ, with its number. */
function firstDifference(was, is) {
  const [old, fresh] = [was.split("\n"), is.split("\n")];
  const line = fresh.findIndex((text, index) => text !== old[index]);
  const at = line === -1 ? fresh.length : line;
  return `line ${at + 1}:\n    - ${old[at] ?? "(end)"}\n    + ${fresh[at] ?? "(end)"}`;
}

const read = (folder, name) =>
  existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : undefined;

await ensureBuilt();
const work = mkdtempSync(join(tmpdir(), "bowline-api-"));
try {
  writeReports(work);
  const names = readdirSync(work);
  if (process.argv.includes("--update")) {
    rmSync(kept, { recursive: true, force: true });
    cpSync(work, kept, { recursive: true });
    process.stdout.write(`api/: ${names.length} reports written\n`);
  } else {
    const old = existsSync(kept) ? readdirSync(kept) : [];
    const complaints = [...new Set([...names, ...old])].sort().flatMap(name => {
      const [was, is] = [read(kept, name), read(work, name)];
      if (was === is) return [];
      if (was === undefined) return [`api/${name} is missing`];
      if (is === undefined) return [`api/${name} is of no sub-path`];
      return [`api/${name} differs, ${firstDifference(was, is)}`];
    });
    if (complaints.length > 0) {
      process.stdout.write(
        `${complaints.join("\n")}\nThe public interface has changed: npm run api:update, and read the difference.\n`,
      );
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
