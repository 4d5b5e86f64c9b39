import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../src/bytes/index.js";
import { SessionError } from "../src/errors/index.js";
import { decodeIdentityFile, encodeIdentityFile } from "../src/identity-file-format.js";
import { defaultProvider } from "#default-provider";
import { isWrapped, unwrapIdentityFile, wrapIdentityFile } from "../src/identity-file-passphrase.js";
import { changePassphrase, readSecretKeyFile, writeSecretKeyFile } from "../src/identity-file.js";
import { patterned } from "../src/testing/contract/connection-fixture.js";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "identity-"));
  path = join(folder, "me.key");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const key = patterned(32, 7);
const text = (bytes: Uint8Array): string => `bowline-identity-v1\n${Buffer.from(bytes).toString("base64")}\n`;

async function failure(promise: Promise<unknown>): Promise<SessionError> {
  const [result] = await Promise.allSettled([promise]);
  if (result.status !== "rejected" || !SessionError.is(result.reason))
    throw new Error(`expected an error: ${inspect(result)}`);
  return result.reason;
}

async function store(content: string | Uint8Array, mode = 0o600): Promise<void> {
  await writeFile(path, content);
  await chmod(path, mode);
}

describe("identity file format", () => {
  it("is a version line and base64, the same as anybody else's, for any 32 bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), bytes => {
        const file = encodeIdentityFile(Secret.copy(bytes));
        expect(Buffer.from(file).toString()).toBe(text(bytes));
        expect(decodeIdentityFile(file, "FILE").expose()).toEqual(bytes);
      }),
      { seed: 5 },
    );
  });

  it.each([0, 31, 33])("refuses a secret of %d bytes", length => {
    expect(() => encodeIdentityFile(Secret.take(new Uint8Array(length)))).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
  });

  it("X40 any other byte anywhere gives a typed error, or another key that is spelled so", () => {
    const file = encodeIdentityFile(Secret.copy(key));
    let faults = 0;
    for (let at = 0; at < file.length; at++) {
      for (let byte = 0; byte < 256; byte++) {
        const mutant = Uint8Array.from(file);
        mutant[at] = byte;
        try {
          if (!Buffer.from(mutant).equals(encodeIdentityFile(decodeIdentityFile(mutant, "FILE")))) faults++;
        } catch (error) {
          if (!SessionError.is(error, "identity-file-malformed")) throw error;
        }
      }
    }
    expect(faults).toBe(0);
  });

  it("X40 random bytes and cut files give a typed error", () => {
    const malformed = expect.objectContaining({ code: "identity-file-malformed" }) as Error;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        expect(() => decodeIdentityFile(bytes, "FILE")).toThrow(malformed);
      }),
      { seed: 6 },
    );
    const file = encodeIdentityFile(Secret.copy(key));
    for (let length = 0; length < file.length; length++) {
      expect(() => decodeIdentityFile(file.subarray(0, length), "FILE")).toThrow(malformed);
    }
    expect(() => decodeIdentityFile(Uint8Array.of(...file, 10), "FILE")).toThrow(malformed);
  });

  it.each([
    ["carriage returns", text(key).replaceAll("\n", "\r\n")],
    ["a byte order mark", `\ufeff${text(key)}`],
    ["no newline at the end", text(key).slice(0, -1)],
    ["the URL alphabet", text(new Uint8Array(32).fill(0xff)).replaceAll("/", "_")],
    ["no padding", text(key).replace("=", "")],
    ["bits set that mean nothing", `bowline-identity-v1\n${"A".repeat(42)}B=\n`],
    ["a key of 33 bytes", text(patterned(33, 1))],
  ])("X40 refuses another spelling: %s", (_, content) => {
    expect(() => decodeIdentityFile(Buffer.from(content), "FILE")).toThrow(
      expect.objectContaining({ code: "identity-file-malformed" }),
    );
  });

  it("says so where the file is of a version to come", () => {
    expect(() => decodeIdentityFile(Buffer.from("bowline-identity-v2\nargon2id ...\n"), "FILE")).toThrow(
      expect.objectContaining({ message: expect.stringContaining("another version than 1") as unknown }),
    );
    expect(() => decodeIdentityFile(Buffer.from("something else\n"), "FILE")).toThrow(
      expect.objectContaining({ message: expect.stringContaining("no identity file") as unknown }),
    );
  });
});

describe("identity file", () => {
  it.each([0, 0o377])(
    "is read as it was written, and its owner alone may use it, with umask %o",
    async mask => {
      const umask = process.umask(mask);
      try {
        await writeSecretKeyFile(path, Secret.copy(key));
      } finally {
        process.umask(umask);
      }
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(await readFile(path, "latin1")).toBe(text(key));
      expect((await readSecretKeyFile(path)).expose()).toEqual(key);
      expect(await readdir(folder)).toEqual(["me.key"]);
    },
  );

  it("leaves the writer's secret to the writer", async () => {
    const secret = Secret.copy(key);
    await writeSecretKeyFile(path, secret);
    expect(secret.expose()).toEqual(key);
  });

  it.each(["file", "folder", "dangling link", "hard link"])("does not touch a %s that exists", async kind => {
    if (kind === "file") await store("precious");
    if (kind === "folder") await mkdir(path);
    if (kind === "dangling link") await symlink(join(folder, "nowhere"), path);
    if (kind === "hard link") {
      await writeFile(join(folder, "other"), "precious");
      await link(join(folder, "other"), path);
    }
    const before = await readdir(folder);
    const error = await failure(writeSecretKeyFile(path, Secret.copy(key)));
    expect(error.code).toBe("identity-file-exists");
    expect(await readdir(folder)).toEqual(before);
    if (kind.includes("file") || kind === "hard link") expect(await readFile(path, "utf8")).toBe("precious");
  });

  it("of writers at once, one wins and its file is whole", async () => {
    const keys = Array.from({ length: 8 }, (_, i) => patterned(32, i));
    const results = await Promise.allSettled(keys.map(bytes => writeSecretKeyFile(path, Secret.copy(bytes))));
    const winners = results.flatMap(({ status }, i) => (status === "fulfilled" ? [i] : []));
    expect(winners.length).toBe(1);
    expect((await readSecretKeyFile(path)).expose()).toEqual(keys[winners[0]!]);
    expect(await readdir(folder)).toEqual(["me.key"]);
  });

  it("a file that is not there, and a folder that is not there, say so", async () => {
    expect((await failure(readSecretKeyFile(path))).code).toBe("identity-file-missing");
    const nowhere = join(folder, "nowhere", "me.key");
    expect((await failure(readSecretKeyFile(nowhere))).code).toBe("identity-file-missing");
    expect(await failure(writeSecretKeyFile(nowhere, Secret.copy(key)))).toMatchObject({
      code: "identity-file-failed",
      cause: { code: "ENOENT" },
    });
  });

  it.skipIf(process.platform === "win32").each([0o640, 0o604, 0o660, 0o601, 0o620, 0o777])(
    "a file of mode %o is refused, with the command that helps",
    async mode => {
      await store(text(key), mode);
      const error = await failure(readSecretKeyFile(path));
      expect(error.code).toBe("identity-file-exposed");
      expect(error.message).toContain(`chmod 600 ${path}`);
      await chmod(path, 0o600);
      expect((await readSecretKeyFile(path)).expose()).toEqual(key);
    },
  );

  it.skipIf(process.platform === "win32")("the command is safe to paste", async () => {
    path = join(folder, "it's me; rm -rf.key");
    await store(text(key), 0o644);
    expect((await failure(readSecretKeyFile(path))).message).toContain(
      `chmod 600 '${folder}/it'\\''s me; rm -rf.key'`,
    );
  });

  it("X40 a folder, an empty file and a huge one are malformed", async () => {
    await mkdir(path, { mode: 0o700 });
    expect((await failure(readSecretKeyFile(path))).code).toBe("identity-file-malformed");
    path = join(folder, "empty");
    await store("");
    expect((await failure(readSecretKeyFile(path))).code).toBe("identity-file-malformed");
    path = join(folder, "huge");
    await store(new Uint8Array(10_000_000));
    const error = await failure(readSecretKeyFile(path));
    expect(error.code).toBe("identity-file-malformed");
    expect(error.message).toContain("10000000 bytes");
  });

  it("X45 no error quotes what is in the file", async () => {
    const encoded = Buffer.from(key).toString("base64");
    const contents = [
      `bowline-identity-v1\n${encoded}`,
      `bowline-identity-v1\n${encoded}x\n`,
      `${encoded}\n`,
      `bowline-identity-v9\n${encoded}\n`,
    ];
    for (const content of contents) {
      await store(content);
      const error = await failure(readSecretKeyFile(path));
      const shown =
        inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error) + String(error.stack);
      expect(shown).not.toContain(encoded.slice(0, 20));
      expect(shown).not.toContain("v9");
    }
    await store(text(key));
    const secret = await readSecretKeyFile(path);
    expect(inspect(secret) + JSON.stringify(secret) + String(secret)).not.toContain(encoded.slice(0, 20));
  });
});

/** The least that Argon2id takes: tests do not wait for a guesser's cost. */
const cheap = { memory: 8, passes: 1, lanes: 1 };
const phrase = (words: string): Secret => Secret.copy(new TextEncoder().encode(words));
const wrapped = async (words: string, bytes: Uint8Array = key): Promise<Uint8Array> =>
  wrapIdentityFile(Secret.copy(bytes), phrase(words), defaultProvider, cheap);

describe("an identity file with a passphrase", () => {
  it("gives any key back to its passphrase alone", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.string({ minLength: 1 }),
        fc.string({ minLength: 1 }),
        async (bytes, words, other) => {
          fc.pre(words !== other);
          const file = await wrapped(words, bytes);
          expect(isWrapped(file)).toBe(true);
          const open = (said: string): Promise<Secret> =>
            unwrapIdentityFile(file, "FILE", phrase(said), defaultProvider);
          expect((await open(words)).expose()).toEqual(bytes);
          expect((await failure(open(other))).code).toBe("identity-file-passphrase-wrong");
        },
      ),
      { seed: 7, numRuns: 40 },
    );
  });

  it("is never the same twice, and shows nothing of the key", async () => {
    const [one, two] = [await wrapped("x"), await wrapped("x")];
    expect(one).not.toEqual(two);
    const encoded = Buffer.from(key).toString("base64");
    expect(Buffer.from(one).toString()).not.toContain(encoded.slice(0, 12));
    expect(isWrapped(new TextEncoder().encode(text(key)))).toBe(false);
  });

  it("X40 any changed byte is refused: nothing comes of it", async () => {
    const file = await wrapped("x");
    for (let at = 0; at < file.length; at++) {
      const changed = Uint8Array.from(file);
      changed[at]! ^= 1;
      const error = await failure(unwrapIdentityFile(changed, "FILE", phrase("x"), defaultProvider));
      expect(["identity-file-malformed", "identity-file-passphrase-wrong"]).toContain(error.code);
    }
    const cut = await failure(unwrapIdentityFile(file.slice(0, -1), "FILE", phrase("x"), defaultProvider));
    expect(cut.code).toBe("identity-file-malformed");
  });

  it.each([
    "m=99999999 t=1 p=1",
    "m=8 t=999 p=1",
    "m=128 t=1 p=17",
    "m=8 t=1 p=2",
    "m=0 t=1 p=1",
    "m=08 t=1 p=1",
  ])("X40 a cost of %s is refused before it is paid", async cost => {
    const file = Buffer.from(await wrapped("x"))
      .toString()
      .replace("m=8 t=1 p=1", cost);
    const error = await failure(unwrapIdentityFile(Buffer.from(file), "FILE", phrase("x"), defaultProvider));
    expect(error.code).toBe("identity-file-malformed");
  });

  it.each([
    [31, "x"],
    [32, ""],
  ])("is not made of a key of %d bytes and the passphrase %j", async (length, words) => {
    const made = wrapIdentityFile(Secret.take(new Uint8Array(length)), phrase(words), defaultProvider, cheap);
    expect((await failure(made)).code).toBe("invalid-argument");
  });

  it("is asked for only where there is one, and erased after use", async () => {
    await store(text(key));
    expect((await readSecretKeyFile(path, () => Promise.reject(new Error("asked")))).expose()).toEqual(key);
    await store(await wrapped("x"));
    expect((await failure(readSecretKeyFile(path))).code).toBe("identity-file-locked");
    const given = phrase("x");
    expect((await readSecretKeyFile(path, () => given)).expose()).toEqual(key);
    expect(given.disposed).toBe(true);
  });

  it("is changed in one step, or not at all", async () => {
    await store(await wrapped("old"));
    const before = await readFile(path);
    expect(
      (
        await failure(
          changePassphrase(
            path,
            () => phrase("wrong"),
            () => phrase("new"),
          ),
        )
      ).code,
    ).toBe("identity-file-passphrase-wrong");
    await expect(
      changePassphrase(
        path,
        () => phrase("old"),
        () => Promise.reject(new Error("left")),
      ),
    ).rejects.toThrow("left");
    expect(await readFile(path)).toEqual(before);
    await changePassphrase(path, () => phrase("old"), undefined);
    expect(await readFile(path, "utf8")).toBe(text(key));
    const next = phrase("new");
    await changePassphrase(path, undefined, () => next);
    expect(next.disposed).toBe(true);
    expect((await readSecretKeyFile(path, () => phrase("new"))).expose()).toEqual(key);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["me.key"]);
  });

  it("is changed where a symbolic link leads, and the link stays", async () => {
    await store(text(key));
    await mkdir(join(folder, "links"));
    const linked = join(folder, "links", "key");
    await symlink(join("..", "me.key"), linked);
    await changePassphrase(linked, undefined, () => phrase("new"));
    expect((await lstat(linked)).isSymbolicLink()).toBe(true);
    expect(isWrapped(await readFile(path))).toBe(true);
    expect((await readSecretKeyFile(linked, () => phrase("new"))).expose()).toEqual(key);
    await rm(path);
    const dangling = changePassphrase(linked, undefined, () => phrase("new"));
    expect((await failure(dangling)).code).toBe("identity-file-missing");
  });
});
