import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { codeBlocks } from "./markdown.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A program of a page: a block in `js` or `ts`, with those that continue it. */
export interface Program {
  readonly language: "js" | "ts";
  readonly source: string;
  readonly line: number;
  /** What the `text` block after it says that it prints; undefined where there is none. */
  readonly prints: string | undefined;
}

/**
 * The programs of a page. A block marked `js` or `ts` begins one, `js continued` or `ts continued` goes on with it, and a `text` block
 * says what it prints. Other blocks (`sh`, `example`) are no programs.
 */
export function programsOf(page: string): Program[] {
  const programs: Program[] = [];
  for (const { language, text, line } of codeBlocks(page)) {
    const last = programs.at(-1);
    if (language === "js" || language === "ts") {
      programs.push({ language, source: text, line, prints: undefined });
    } else if (last !== undefined && language === `${last.language} continued`) {
      programs[programs.length - 1] = { ...last, source: `${last.source}\n${text}` };
    } else if (last !== undefined && language === "text") {
      programs[programs.length - 1] = { ...last, prints: text };
    } else if (/^(js|ts|javascript|typescript)\b/.test(language)) {
      throw new Error(`Line ${line}: a block in ${language} continues nothing.`);
    }
  }
  return programs;
}

/** What the compiler, as the project sets it, has against each of several programs in TypeScript. */
export function typeErrors(sources: readonly string[]): string[][] {
  const config = ts.readConfigFile(join(root, "tsconfig.base.json"), path => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const files = new Map(sources.map((source, i) => [join(root, `program-${i}-of-a-page.mts`), source]));
  const host = ts.createCompilerHost({ ...options, noEmit: true });
  const [read, exists] = [host.getSourceFile.bind(host), host.fileExists.bind(host)];
  host.getSourceFile = (path, ...rest) => {
    const source = files.get(path);
    return source === undefined
      ? read(path, ...rest)
      : ts.createSourceFile(path, source, ts.ScriptTarget.ES2022);
  };
  host.fileExists = path => files.has(path) || exists(path);
  const program = ts.createProgram(
    [...files.keys()],
    { ...options, noEmit: true, noUnusedLocals: false },
    host,
  );
  return [...files.keys()].map(file =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(file))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
  );
}

/** What the compiler has against programs in JavaScript that import each other, as `name: complaint`. */
export function scriptErrors(files: readonly { readonly name: string; readonly text: string }[]): string[] {
  const config = ts.readConfigFile(join(root, "tsconfig.base.json"), path => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const loose = {
    noImplicitAny: false,
    strictNullChecks: false,
    exactOptionalPropertyTypes: false,
    useUnknownInCatchVariables: false,
    noUnusedParameters: false,
  };
  // What a page has besides: the console is Node's.
  const lib = ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts"];
  const script = { ...options, ...loose, lib, allowJs: true, checkJs: true, noEmit: true };
  const contents = new Map(files.map(({ name, text }) => [join(root, name), text]));
  const put = join(root, "put-in-by-the-bundler.d.ts");
  contents.set(put, "declare const SERVER_ID: string;");
  const host = ts.createCompilerHost(script);
  const [read, exists] = [host.readFile.bind(host), host.fileExists.bind(host)];
  host.readFile = path => contents.get(path) ?? read(path);
  host.fileExists = path => contents.has(path) || exists(path);
  host.directoryExists = path => path.startsWith(root) || ts.sys.directoryExists(path);
  const program = ts.createProgram([...contents.keys()], script, host);
  return [...contents.keys()].flatMap(path =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(path))
      .map(
        ({ messageText }) =>
          `${path.slice(root.length)}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
      ),
  );
}

/** Runs a program as a user would, in a new folder with the built package among its node_modules. Returns what it printed. */
export function run({ language, source }: Pick<Program, "language" | "source">): string {
  const { ES2022, ESNext } = { ES2022: ts.ScriptTarget.ES2022, ESNext: ts.ModuleKind.ESNext };
  const compilerOptions = { target: ES2022, module: ESNext, verbatimModuleSyntax: true };
  const text = language === "ts" ? ts.transpileModule(source, { compilerOptions }).outputText : source;
  const folder = mkdtempSync(join(tmpdir(), "bowline-page-"));
  try {
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(root, join(folder, "node_modules", "bowline"), "dir");
    writeFileSync(join(folder, "program.mjs"), text);
    const { status, stdout, stderr } = spawnSync(process.execPath, ["program.mjs"], {
      cwd: folder,
      encoding: "utf8",
      timeout: 20_000,
    });
    if (status !== 0) throw new Error(`The program has failed (${status}):\n${stdout}${stderr}`);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Builds the package where it is not current. */
export function buildPackage(): void {
  const { status, stderr } = spawnSync(process.execPath, [join(root, "scripts/ensure-built.mjs")], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`The package cannot be built:\n${stderr}`);
}
