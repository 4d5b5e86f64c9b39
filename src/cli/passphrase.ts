import { closeSync, openSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { ReadStream } from "node:tty";
import { Secret } from "../index.js";
import type { PassphraseSource } from "../identity-file.js";
import { exitCode } from "./exit-codes.js";
import { CommandError, UsageError } from "./failure.js";

/** Where a passphrase may be, beside the terminal. */
export interface PassphrasePlaces {
  readonly file: string | undefined;
  /** The name of the environment's variable. */
  readonly variable: string;
}

/** The passphrase from its file or variable; undefined where there is neither. The caller disposes it. */
export async function givenPassphrase({ file, variable }: PassphrasePlaces): Promise<Secret | undefined> {
  if (file !== undefined) return passphraseOf(await firstLineOf(file), file);
  const value = process.env[variable];
  return value === undefined ? undefined : passphraseOf(value, variable);
}

/** The passphrase of `path`: given, or asked for on the terminal. Undefined where there is none of these. */
export async function passphraseSource(
  path: string,
  places: PassphrasePlaces,
): Promise<PassphraseSource | undefined> {
  const given = await givenPassphrase(places);
  if (given !== undefined) return () => given;
  const terminal = openTerminal();
  if (terminal === undefined) return undefined;
  closeSync(terminal);
  return () => askPassphrase(`Passphrase of ${path}: `);
}

/** A new passphrase: given, or asked for twice on the terminal. The caller disposes it. */
export async function newPassphrase(path: string, places: PassphrasePlaces): Promise<Secret> {
  const given = await givenPassphrase(places);
  if (given !== undefined) return given;
  const first = await askPassphrase(`New passphrase for ${path}: `);
  const second = await askPassphrase("The same again: ");
  const same = Buffer.compare(first.expose(), second.expose()) === 0;
  second.dispose();
  if (same) return first;
  first.dispose();
  throw new CommandError(
    "passphrase-differs",
    exitCode.failure,
    "The two passphrases are not the same: nothing was changed. Try again.",
  );
}

function passphraseOf(text: string, where: string): Secret {
  if (text === "") throw new UsageError(`${where} holds an empty passphrase: write one, or leave it out.`);
  return Secret.take(Uint8Array.from(Buffer.from(text.normalize("NFC"))));
}

async function firstLineOf(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).split(/\r?\n/, 1)[0]!;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "no system code";
    throw new UsageError(
      `Cannot read the passphrase file ${path} (${code}): check the path and its rights.`,
      {
        cause,
      },
    );
  }
}

/** The terminal of the process, whatever its standard input is: a file descriptor. */
function openTerminal(): number | undefined {
  try {
    return openSync("/dev/tty", "r+");
  } catch {
    return undefined;
  }
}

async function askPassphrase(question: string): Promise<Secret> {
  const terminal = openTerminal();
  if (terminal === undefined) {
    throw new UsageError(
      "There is no terminal to ask for a passphrase: set BOWLINE_PASSPHRASE, or name a file by --passphrase-file.",
    );
  }
  // The stream closes the descriptor.
  const input = new ReadStream(terminal);
  try {
    input.setRawMode(true);
    writeSync(terminal, question);
    return passphraseOf(await readHidden(input), "the terminal");
  } finally {
    input.setRawMode(false);
    writeSync(terminal, "\n");
    input.destroy();
  }
}

/** One line, without echo. */
function readHidden(input: ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed = "";
    input.setEncoding("utf8");
    input.on("error", reject);
    input.on("data", (text: string) => {
      for (const character of text) {
        if (character === "\r" || character === "\n" || character === "\x04") return resolve(typed);
        if (character === "\x03") {
          return reject(
            new CommandError("interrupted", exitCode.signalBase + 2, "Stopped: nothing was changed."),
          );
        }
        if (character === "\x7f" || character === "\b") typed = [...typed].slice(0, -1).join("");
        else if (character === "\x15") typed = "";
        else typed += character;
      }
    });
  });
}
