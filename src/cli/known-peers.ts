import { mkdir, open, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { PeerId } from "../index.js";
import { exitCode } from "./exit-codes.js";
import { CommandError } from "./failure.js";

/** One line of the file: which key was seen at which address. */
export interface KnownPeer {
  readonly address: string;
  readonly id: PeerId;
  /** From 1. */
  readonly line: number;
}

/** Where known peers are kept unless the command line says something else. */
export function defaultKnownPeersFile(environment: NodeJS.ProcessEnv = process.env): string {
  const { XDG_CONFIG_HOME: base } = environment;
  return join(
    base === undefined || base === "" ? join(homedir(), ".config") : base,
    "bowline",
    "known_peers",
  );
}

/**
 * The lines of `path`: an address, an id, then what a person likes to note. Empty lines, and those that begin with #, are skipped.
 * A file that is not there has none.
 */
export async function readKnownPeers(path: string): Promise<KnownPeer[]> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return "";
    throw unusable("read", path, error);
  });
  const peers: KnownPeer[] = [];
  text.split(/\r?\n/).forEach((content, index) => {
    const [address, id] = content.trim().split(/\s+/);
    if (address === undefined || address === "" || address.startsWith("#")) return;
    if (id === undefined || !/^[0-9a-f]{64}$/.test(id)) {
      throw new CommandError(
        "known-peers-malformed",
        exitCode.failure,
        `Line ${index + 1} of ${path} is no "ADDRESS ID": correct it, or remove it.`,
      );
    }
    peers.push({ address, id, line: index + 1 });
  });
  return peers;
}

/** The known peer at `address`: the last line counts. */
export async function knownPeerAt(path: string, address: string): Promise<KnownPeer | undefined> {
  return (await readKnownPeers(path)).filter(peer => peer.address === address).at(-1);
}

/** Adds a line, readable by the owner only. */
export async function addKnownPeer(path: string, address: string, id: PeerId): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, "a+", 0o600);
    try {
      const { size } = await file.stat();
      const last = Buffer.alloc(1);
      if (size > 0) await file.read(last, 0, 1, size - 1);
      const separator = size > 0 && last[0] !== 0x0a ? "\n" : "";
      await file.appendFile(`${separator}${address} ${id}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unusable("write", path, error);
  }
}

function unusable(what: "read" | "write", path: string, cause: unknown): CommandError {
  return new CommandError(
    "known-peers-failed",
    exitCode.failure,
    `Cannot ${what} the known peers' file ${path} (${systemCode(cause) ?? "no system code"}): check it, or name another by --known-peers.`,
    { cause },
  );
}

function systemCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
