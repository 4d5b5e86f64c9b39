import { InvalidArgumentError } from "commander";

const units: Readonly<Record<string, number>> = { "": 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** Reads a number of bytes, as `4096`, `64KiB`, `1MiB`, `2GiB`: 1 byte to 64 GiB. For options of the command. */
export function parseByteSize(text: string): number {
  const match = /^([1-9][0-9]{0,10}) ?(KiB|MiB|GiB|)$/.exec(text);
  const bytes = match === null ? Number.NaN : Number(match[1]) * units[match[2]!]!;
  if (bytes <= 64 * 2 ** 30) return bytes;
  throw new InvalidArgumentError("Give a number of bytes, or of KiB, MiB or GiB, up to 64GiB: 64MiB");
}
