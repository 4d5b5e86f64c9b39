import { format, inspect } from "node:util";

const windowLength = 8;

/** Looks for secrets in text, in every spelling in which bytes get printed. */
export class SecretSearch {
  readonly #windows = new Map<string, string>();

  /** From now on any eight bytes of `bytes` in a row are a find. */
  add(what: string, bytes: Uint8Array): void {
    const text = latin1(bytes);
    for (let i = 0; i + windowLength <= text.length; i++)
      this.#windows.set(text.slice(i, i + windowLength), what);
  }

  get size(): number {
    return this.#windows.size;
  }

  /** What of the secrets stands in `text`: in clear, hexadecimal, base64, base64url, or as a list of decimal numbers. */
  findIn(text: string): string[] {
    const found = new Set<string>();
    for (const bytes of spellings(text)) {
      for (let i = 0; i + windowLength <= bytes.length; i++) {
        const what = this.#windows.get(bytes.slice(i, i + windowLength));
        if (what !== undefined) found.add(what);
      }
    }
    return [...found];
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** The byte strings, as latin1, that `text` may be the spelling of. */
function* spellings(text: string): Generator<string> {
  yield text;
  const encoded = Buffer.from(text, "utf8").toString("latin1");
  if (encoded !== text) yield encoded;
  for (const [run] of text.matchAll(/[0-9a-fA-F]{16,}/g)) {
    for (const start of [0, 1]) yield Buffer.from(run.slice(start), "hex").toString("latin1");
  }
  // Bytes with something between them: "0a 1b", "0a:1b", "<Buffer 0a 1b>".
  for (const [run] of text.matchAll(/(?:[0-9a-fA-F]{2}[ :,-]){7,}[0-9a-fA-F]{2}/g))
    yield Buffer.from(run.replaceAll(/[^0-9a-fA-F]/g, ""), "hex").toString("latin1");
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{11,}/g)) {
    for (let start = 0; start < 4; start++) yield Buffer.from(run.slice(start), "base64").toString("latin1");
  }
  // Arrays as JSON has them ("0":12) and as a list.
  const numbers = text.replaceAll(/["']?\d+["']?\s*:\s*/g, " ");
  for (const [run] of numbers.matchAll(/(?:\b\d{1,3}\b[\s,;[\]]*){8,}/g)) {
    const bytes = [...run.matchAll(/\d+/g)].map(([digits]) => Number(digits));
    yield String.fromCharCode(...bytes.map(byte => byte & 0xff));
  }
}

const everything = {
  depth: Infinity,
  showHidden: true,
  getters: true,
  maxArrayLength: null,
  maxStringLength: null,
} as const;

/**
 * All that the platform's ways of printing make of `value`. `past` goes past what an object says of itself, and calls its getters: only
 * what holds nothing readable stands that.
 */
export function printed(value: unknown, past = true): string {
  const ways: (() => string)[] = [
    () => inspect(value),
    () => inspect(value, everything),
    () => inspect(value, { ...everything, customInspect: !past }),
    () => JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? String(part) : part)),
    () => String(value),
    () => format("%s %o %O %j %d", value, value, value, value, value),
    () => inspect(structuredClone(value), everything),
    () =>
      Object.entries(Object.getOwnPropertyDescriptors(value as object))
        .map(String)
        .join(),
    () => [...(value as Iterable<unknown>)].map(String).join(),
  ];
  return [...new Set(ways.map(attempt))].join("\n");
}

function attempt(way: () => string): string {
  try {
    return way() ?? "";
  } catch (error) {
    return inspect(error, everything);
  }
}
