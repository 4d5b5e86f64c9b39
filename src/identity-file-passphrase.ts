import { fromUtf8, Secret, utf8 } from "./bytes/index.js";
import { nonceLength, tagLength, type CryptoProvider } from "./crypto/index.js";
import { argon2id, type Argon2Cost } from "./crypto/noble-argon2.js";
import { SessionError } from "./errors/index.js";
import { malformed } from "./identity-file-format.js";

const versionLine = "bowline-identity-v2";
const secretLength = 32;
const saltLength = 32;
/** The key seals once: the salt is fresh for each write. */
const nonce = new Uint8Array(nonceLength);

/** What a guess of the passphrase costs: the second of the recommended options of RFC 9106, section 4. */
export const passphraseCost: Argon2Cost = { memory: 65_536, passes: 3, lanes: 4 };

/** What a file may ask for: no file makes its reader take gigabytes, or hours. */
const highestCost: Argon2Cost = { memory: 1_048_576, passes: 64, lanes: 16 };

const base64 = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?";
const form = new RegExp(
  `^${versionLine}\\nargon2id m=(?<memory>[1-9][0-9]{0,7}) t=(?<passes>[1-9][0-9]{0,2}) p=(?<lanes>[1-9][0-9]?) (?<salt>${base64})\\n(?<sealed>${base64})\\n$`,
);

/** Whether `file` is an identity file that a passphrase wraps (version 2). */
export function isWrapped(file: Uint8Array): boolean {
  return utf8(`${versionLine}\n`).every((byte, i) => file[i] === byte);
}

/**
 * The bytes of an identity file, version 2: `secret` (32 bytes) sealed under a key that Argon2id makes of `passphrase` (1 byte or
 * more of UTF-8). Both stay the caller's.
 *
 * @throws invalid-argument
 */
export async function wrapIdentityFile(
  secret: Secret,
  passphrase: Secret,
  provider: CryptoProvider,
  cost: Argon2Cost = passphraseCost,
): Promise<Uint8Array> {
  if (secret.length !== secretLength || passphrase.length === 0) {
    const message = `An identity's secret key has ${secretLength} bytes and a passphrase at least 1, not ${secret.length} and ${passphrase.length}.`;
    throw new SessionError("invalid-argument", message);
  }
  const salt = provider.random(saltLength);
  const header = `${versionLine}\nargon2id m=${cost.memory} t=${cost.passes} p=${cost.lanes} ${toBase64(salt)}\n`;
  const sealed = new Uint8Array(tagLength + secretLength);
  await withKey(provider, passphrase, salt, cost, key =>
    key.seal(nonce, utf8(header), secret.expose(), sealed.subarray(tagLength), sealed.subarray(0, tagLength)),
  );
  return utf8(`${header}${toBase64(sealed)}\n`);
}

/**
 * The secret in an identity file of version 2; the caller disposes it. `path` names the file in messages. `passphrase` stays
 * the caller's.
 *
 * @throws identity-file-malformed, identity-file-passphrase-wrong
 */
export async function unwrapIdentityFile(
  file: Uint8Array,
  path: string,
  passphrase: Secret,
  provider: CryptoProvider,
): Promise<Secret> {
  const { header, cost, salt, sealed } = parse(file, path);
  const key = new Uint8Array(secretLength);
  const holds = await withKey(provider, passphrase, salt, cost, opener =>
    opener.open(nonce, utf8(header), sealed.subarray(tagLength), sealed.subarray(0, tagLength), key),
  );
  if (holds) return Secret.take(key);
  throw new SessionError(
    "identity-file-passphrase-wrong",
    `The passphrase does not open ${path}: try again, or restore the file if it was changed.`,
  );
}

function parse(
  file: Uint8Array,
  path: string,
): {
  readonly header: string;
  readonly cost: Argon2Cost;
  readonly salt: Uint8Array;
  readonly sealed: Uint8Array;
} {
  let text: string;
  try {
    text = fromUtf8(file);
  } catch {
    throw malformed(path, "is no text");
  }
  const groups = form.exec(text)?.groups ?? {};
  const [salt, sealed] = [fromBase64(groups["salt"]), fromBase64(groups["sealed"])];
  if (salt?.length !== saltLength || sealed?.length !== tagLength + secretLength) {
    throw malformed(path, "is not whole: it has no salt and sealed key after its version line");
  }
  const cost = {
    memory: Number(groups["memory"]),
    passes: Number(groups["passes"]),
    lanes: Number(groups["lanes"]),
  };
  const { memory, passes, lanes } = highestCost;
  if (cost.memory > memory || cost.passes > passes || cost.lanes > lanes || cost.memory < 8 * cost.lanes) {
    throw malformed(
      path,
      `asks for a passphrase cost beyond ${memory} KiB, ${passes} passes, ${lanes} lanes`,
    );
  }
  return { header: text.slice(0, text.indexOf("\n", versionLine.length + 1) + 1), cost, salt, sealed };
}

async function withKey<Result>(
  provider: CryptoProvider,
  passphrase: Secret,
  salt: Uint8Array,
  cost: Argon2Cost,
  use: (key: ReturnType<CryptoProvider["aead"]["key"]>) => Result,
): Promise<Result> {
  const bytes = await argon2id(passphrase.expose(), salt, cost, 32);
  const key = provider.aead.key(bytes);
  bytes.fill(0);
  try {
    return use(key);
  } finally {
    key.dispose();
  }
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** Undefined where `text` is not the one spelling of some bytes. */
function fromBase64(text: string | undefined): Uint8Array | undefined {
  if (text === undefined) return undefined;
  const bytes = Uint8Array.from(atob(text), character => character.charCodeAt(0));
  return toBase64(bytes) === text ? bytes : undefined;
}
