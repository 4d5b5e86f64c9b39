import {
  chmod,
  link,
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
import { readSecretKeyFile, writeSecretKeyFile } from "../src/identity-file.js";
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
