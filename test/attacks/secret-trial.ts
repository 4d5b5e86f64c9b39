import { Console } from "node:console";
import { Writable } from "node:stream";
import { expect } from "vitest";
import { utf8 } from "../../src/bytes/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { at, type End } from "../session/machine-pair.js";
import { printed, SecretSearch } from "./secret-search.js";
import { flipped } from "./suite-cases.js";
import type { WatchedProvider } from "./watched-provider.js";

/** 43 letters that stand nowhere else: no two marks have eight in a row in common, nor with any message of an error. */
export const markText = (name: string): string =>
  Buffer.from(nodeProvider.hash.hash(utf8(name))).toString("base64url");
export const mark = (name: string): Uint8Array => utf8(markText(name));
export const marked32 = (name: string): Uint8Array => mark(name).slice(0, 32);

/** What a test prints, and the secrets that must not be in it. */
export class Trial {
  readonly search = new SecretSearch();
  readonly #texts = new Set<string>();
  readonly errors: unknown[] = [];

  print(...values: unknown[]): void {
    for (const value of values) this.#texts.add(printed(value));
  }

  /** Takes what has been printed already. */
  printed(text: string): void {
    this.#texts.add(text);
  }

  /** Prints what an application may read, and a log may not. */
  printMessages(...values: unknown[]): void {
    for (const value of values) this.#texts.add(printed(value, false));
  }

  /** Prints what `act` throws or rejects with, causes included; what it returns is dropped. */
  async failing(act: () => unknown): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.errors.push(error);
      for (let link: unknown = error; link instanceof Error; link = link.cause)
        this.print(link, link.stack, link.message);
    }
  }

  /** `watched`: the secrets that passed through a provider, which are known only now. */
  expectClean(watched?: WatchedProvider): void {
    for (const { kind, bytes } of watched?.secrets ?? []) this.search.add(kind, bytes);
    expect(this.search.size).toBeGreaterThan(100);
    const found = new Set([...this.#texts].flatMap(text => this.search.findIn(text)));
    expect([...found]).toEqual([]);
    expect([...this.#texts].join("").length).toBeGreaterThan(1000);
  }
}

/** How many outputs of an end have been printed. */
const printedOutputs = new WeakMap<End, number>();

export function printEnd(trial: Trial, end: End): void {
  const { machine } = end;
  trial.print(machine, machine.metrics(), machine.state, machine.inspect(), machine.checkHealth(at(2)));
  const outputs = end.log.slice(printedOutputs.get(end) ?? 0);
  printedOutputs.set(end, end.log.length);
  // The plaintext of a message is the application's, as it should be.
  trial.print(...outputs.filter(output => output.kind !== "message"));
}

/** Calls that are refused, in whatever state the session is. */
export async function failures(
  trial: Trial,
  end: End,
  plaintext: Uint8Array,
  frames: Uint8Array[],
): Promise<void> {
  const { machine } = end;
  const wrong: (() => unknown)[] = [
    () => machine.send(new Uint8Array(0), at(3)),
    () => machine.send(new Uint8Array(1_048_577).fill(1), at(3)),
    () => machine.sendBatch([], at(3)),
    () => machine.sendBatch([plaintext, new Uint8Array(0)], at(3)),
    () => machine.decrypt(plaintext, at(3)),
    () => machine.decrypt(new Uint8Array(60).fill(3), at(3)),
    () => machine.decryptBatch(plaintext, at(3)),
    () => machine.exportKey("", plaintext, 32),
    () => machine.exportKey("x", plaintext, 0),
    ...frames.map(frame => () => machine.decrypt(frame.subarray(2), at(3))),
    ...frames.map(frame => () => machine.decryptBatch(flipped(frame, frame.length - 1), at(3))),
  ];
  for (const act of wrong) await trial.failing(act);
}

export function capturedConsole(): { console: Console; text: () => string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString("utf8"));
      done();
    },
  });
  return { console: new Console({ stdout: stream, stderr: stream }), text: () => chunks.join("") };
}
