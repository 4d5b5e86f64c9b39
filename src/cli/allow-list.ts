import { readFile } from "node:fs/promises";
import type { AcceptPolicy, PeerId, PeerInfo } from "../index.js";
import { UsageError } from "./failure.js";
import { fingerprintOf } from "./fingerprint.js";
import type { Reporter } from "./reporter.js";

/** Who may have a session. */
export interface AllowOptions {
  readonly allow?: readonly PeerId[];
  readonly allowFile?: string;
}

/**
 * The policy of the options. The file is read again for each peer that asks: a line that is taken out counts from then on. It is
 * checked at once, so that a wrong path shows at the start.
 */
export async function allowPolicy(options: AllowOptions, reporter: Reporter): Promise<AcceptPolicy> {
  const { allow = [], allowFile } = options;
  if (allow.length === 0 && allowFile === undefined) {
    throw new UsageError(
      "Say who may connect: --allow ID, or --allow-file FILE. bowline id shows the ID of a key.",
    );
  }
  for (const id of allow) checkId(id, "--allow");
  if (allowFile !== undefined) await readAllowFile(allowFile);
  const refusals = new Refusals(reporter);
  return async peer => {
    const isAllowed = allow.includes(peer.id) || (await isInFile(peer.id, allowFile, reporter));
    if (!isAllowed) refusals.tell(peer);
    return isAllowed;
  };
}

async function isInFile(id: PeerId, path: string | undefined, reporter: Reporter): Promise<boolean> {
  if (path === undefined) return false;
  try {
    return (await readAllowFile(path)).includes(id);
  } catch (error) {
    reporter.warn(error);
    return false;
  }
}

/** Tells of peers that are not allowed: each at its 1st, 2nd, 4th ... attempt, and not of more than a person reads. */
class Refusals {
  readonly #reporter: Reporter;
  readonly #counts = new Map<PeerId, number>();

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  tell({ id, remote }: PeerInfo): void {
    if (!this.#counts.has(id) && this.#counts.size >= 100) return;
    const count = (this.#counts.get(id) ?? 0) + 1;
    this.#counts.set(id, count);
    if (!Number.isInteger(Math.log2(count))) return;
    const fingerprint = fingerprintOf(id);
    this.#reporter.tell(
      "not-allowed",
      { id, fingerprint, remote, count },
      `refused ${id} (${fingerprint}) at ${remote}: it is not allowed. --allow with that id, or a line in the --allow-file, would let it in`,
    );
  }
}

/** The ids of a file: one a line, then what a person likes to note; lines that begin with # are skipped. */
export async function readAllowFile(path: string): Promise<PeerId[]> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    const code = (cause as NodeJS.ErrnoException).code ?? "no system code";
    throw new UsageError(
      `Cannot read the file of allowed ids ${path} (${code}): check the path and its rights.`,
      {
        cause,
      },
    );
  });
  const lines = text.split(/\r?\n/).map(line => line.trim());
  return lines.flatMap((line, index) => {
    if (line === "" || line.startsWith("#")) return [];
    const id = line.split(/\s+/, 1)[0]!;
    checkId(id, `Line ${index + 1} of ${path}:`);
    return [id];
  });
}

export function checkId(id: PeerId, where: string): void {
  if (/^[0-9a-f]{64}$/.test(id)) return;
  throw new UsageError(
    `${where} ${JSON.stringify(id.length > 80 ? `${id.slice(0, 80)}...` : id)} is no id: 64 lower-case hexadecimal digits, as bowline id shows them.`,
  );
}
