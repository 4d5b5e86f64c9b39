import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { defaultProvider } from "#default-provider";
import { nativeMlKem768 } from "../crypto/node-ml-kem.js";
import { readSecretKeyFile } from "../identity-file.js";
import { SessionError } from "../index.js";
import { parseSessionAddress } from "./address.js";
import { failureText } from "./failure.js";
import { readKnownPeers } from "./known-peers.js";

/** What one check found. `detail` says what to do where it is not `ok`. */
export interface Finding {
  readonly check: string;
  readonly status: "ok" | "warning" | "failed";
  readonly detail: string;
}

const ok = (check: string, detail: string): Finding => ({ check, status: "ok", detail });
const warning = (check: string, detail: string): Finding => ({ check, status: "warning", detail });
const failed = (check: string, detail: string): Finding => ({ check, status: "failed", detail });

/** When this release was made: an earlier wall clock is wrong. */
const releaseTime = Date.UTC(2026, 10, 1);

export function checkRuntime(): Finding {
  const { bun, deno, node } = process.versions as Readonly<Record<string, string | undefined>>;
  if (bun !== undefined) return ok("runtime", `Bun ${bun}, ${process.platform} ${process.arch}`);
  if (deno !== undefined) return ok("runtime", `Deno ${deno}, ${process.platform} ${process.arch}`);
  const [major = 0, minor = 0] = (node ?? "").split(".").map(Number);
  const said = `Node ${node}, ${process.platform} ${process.arch}`;
  return major > 20 || (major === 20 && minor >= 19)
    ? ok("runtime", said)
    : failed("runtime", `${said}: 20.19 or newer is needed`);
}

/** A key exchange with oneself, by the provider that sessions use. */
export function checkProvider(): Finding {
  const { name, dh, kem, random } = defaultProvider;
  const [mine, theirs] = [dh.generateKeyPair(random), dh.generateKeyPair(random)];
  const kemPair = kem.generateKeyPair(random);
  const shared = dh.sharedSecret(mine, theirs.publicKey);
  const sameShared = dh.sharedSecret(theirs, mine.publicKey);
  const { ciphertext, sharedSecret } = kem.encapsulate(kemPair.publicKey, random);
  const sameSecret = kem.decapsulate(kemPair, ciphertext);
  const agrees =
    Buffer.compare(shared.expose(), sameShared.expose()) === 0 &&
    Buffer.compare(sharedSecret.expose(), sameSecret.expose()) === 0;
  for (const secret of [shared, sameShared, sharedSecret, sameSecret]) secret.dispose();
  for (const pair of [mine, theirs, kemPair]) pair.dispose();
  return agrees
    ? ok("provider", `${name}: X25519 and ML-KEM-768 agree with themselves`)
    : failed("provider", `${name}: a key exchange with itself fails. Use another runtime, and report it`);
}

export function checkMlKem(): Finding {
  return nativeMlKem768 === undefined
    ? ok(
        "ML-KEM",
        "in JavaScript: this runtime has none of its own (Node 24.7 has). Handshakes take some milliseconds more",
      )
    : ok("ML-KEM", "native");
}

export function checkWebSocket(): Finding {
  const own = typeof (globalThis as { WebSocket?: unknown }).WebSocket === "function";
  return ok(
    "WebSocket",
    own ? "of the runtime, and of the command" : "of the command; this runtime has none of its own",
  );
}

/** Listens for a moment: at the address that is asked about, or at any free port of this machine. */
export async function checkListening(url: string | undefined): Promise<Finding> {
  const check = "listening";
  const address = parseSessionAddress(url ?? "tcp://127.0.0.1:0", "--listen", true);
  const listener = address.listener(() => undefined);
  try {
    const where = await listener.listen(connection => connection.destroy());
    await listener.close();
    return ok(check, `${where} can be had`);
  } catch (error) {
    return failed(check, failureText(error));
  }
}

export async function checkClock(): Promise<Finding> {
  const [wall, monotonic] = [Date.now(), performance.now()];
  await sleep(100);
  const drift = Math.abs(Date.now() - wall - (performance.now() - monotonic));
  const now = new Date(wall).toISOString();
  if (wall < releaseTime)
    return failed("clock", `it says ${now}, which is before this release was made: set it`);
  return drift > 50
    ? warning(
        "clock",
        `it says ${now}, and jumps (by ${drift.toFixed(0)} ms within 100 ms): look at the time service`,
      )
    : ok("clock", `it says ${now}`);
}

export async function checkKeyFile(path: string | undefined): Promise<Finding> {
  const check = "key file";
  if (path === undefined) return ok(check, "none asked about: --key FILE checks one");
  try {
    (await readSecretKeyFile(path)).dispose();
    return ok(check, `${path} is whole, and only its owner can read it. It has no passphrase`);
  } catch (error) {
    if (SessionError.is(error, "identity-file-locked")) {
      return ok(check, `${path} has a passphrase, and only its owner can read it`);
    }
    return failed(check, failureText(error));
  }
}

export async function checkKnownPeers(path: string): Promise<Finding> {
  const check = "known peers";
  try {
    const peers = await readKnownPeers(path);
    const status = await stat(path).catch(() => undefined);
    if (status === undefined) return ok(check, `${path} is not there yet: --trust-first makes it`);
    if (process.platform !== "win32" && (status.mode & 0o022) !== 0) {
      return failed(check, `others than its owner may write to ${path}: run chmod 600 ${path}`);
    }
    const repeated = peers.filter((peer, i) =>
      peers.some((other, j) => j > i && other.address === peer.address),
    );
    if (repeated.length > 0) {
      return warning(
        check,
        `line ${repeated[0]!.line} of ${path} does not count: a later one has the same address`,
      );
    }
    return ok(check, `${path} has ${peers.length}`);
  } catch (error) {
    return failed(check, failureText(error));
  }
}
