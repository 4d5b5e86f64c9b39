import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InstalledPackage } from "./installed-package.js";

/** Which modules a browser's bundle of `source` holds, and its size in bytes, minified. */
async function bundle(
  installed: InstalledPackage,
  source: string,
): Promise<{ modules: string[]; size: number }> {
  const { metafile } = await build({
    stdin: { contents: source, resolveDir: installed.application },
    absWorkingDir: installed.application,
    bundle: true,
    format: "esm",
    platform: "browser",
    minify: true,
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const output = Object.values(metafile.outputs)[0];
  if (output === undefined) throw new Error("esbuild wrote nothing");
  const modules = Object.entries(output.inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path.replace(/^.*node_modules\//, ""));
  return { modules, size: output.bytes };
}

describe("a bundle for the browser", () => {
  let installed: InstalledPackage;
  beforeAll(() => {
    installed = new InstalledPackage();
  });
  afterAll(() => installed.remove());

  it("of a handshake, without a provider, holds no algorithm at all", async () => {
    const { modules, size } = await bundle(
      installed,
      `export { HandshakeState, noiseProtocol, XX } from "bowline/noise";`,
    );
    process.stdout.write(`a handshake without a provider: ${size} bytes\n`);
    expect(modules.filter(path => /@noble\/|\/crypto\//.test(path))).toEqual([]);
    expect(modules.some(path => path.includes("noise/handshake-state"))).toBe(true);
  });

  it("of a handshake and the default provider holds no BLAKE2, AES or X448, and no record or session", async () => {
    const { modules, size } = await bundle(
      installed,
      `export { HandshakeState, noiseProtocol, XX } from "bowline/noise";
       export { defaultProvider } from "bowline/hazmat";`,
    );
    process.stdout.write(`a handshake and the default provider: ${size} bytes\n`);
    expect(modules.filter(path => /blake|aes|ed448|noble-extra/i.test(path))).toEqual([]);
    expect(modules.filter(path => /\/(record|session|manager)\//.test(path))).toEqual([]);
    expect(modules).toContain("bowline/dist/crypto/noble-provider.js");
  });

  it("of the whole package holds nothing of Node", async () => {
    const { modules } = await bundle(
      installed,
      `export * from "bowline"; export * from "bowline/transports/memory";`,
    );
    expect(modules.filter(path => /crypto\/node-|\/cli\/|tcp/.test(path))).toEqual([]);
  });
});
