import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { describe, expect, expectTypeOf, it } from "vitest";
import { SessionError, type ErrorCode } from "../../src/errors/index.js";

const source = fileURLToPath(new URL("../../src/errors/index.ts", import.meta.url));

/** The text of a copy of the errors folder, as a script that leaves its exports in `copy`, or as a module. */
async function bundled(format: "iife" | "esm"): Promise<string> {
  const name = format === "iife" ? { globalName: "copy" } : {};
  const result = await build({ entryPoints: [source], bundle: true, write: false, format, ...name });
  return result.outputFiles[0]!.text;
}

interface Copy {
  readonly SessionError: typeof SessionError;
}

describe("SessionError", () => {
  it("is recognised across realms, both ways", async () => {
    const realm = createContext({});
    runInContext(await bundled("iife"), realm);
    const { SessionError: Foreign } = runInContext("copy", realm) as Copy;
    const foreign: unknown = new Foreign("peer-refused", "there");
    expect(foreign instanceof Error).toBe(false);
    expect(foreign instanceof SessionError).toBe(false);
    expect(SessionError.is(foreign)).toBe(true);
    expect(SessionError.is(foreign, "peer-refused")).toBe(true);
    expect(SessionError.is(foreign, "aborted")).toBe(false);
    expect(Foreign.is(new SessionError("aborted", "here"), "aborted")).toBe(true);
  });

  it("is recognised across copies of the package, both ways", async () => {
    const url = `data:text/javascript,${encodeURIComponent(await bundled("esm"))}`;
    const { SessionError: Other } = (await import(/* @vite-ignore */ url)) as Copy;
    expect(Other).not.toBe(SessionError);
    const other: unknown = new Other("store-failed", "there", { cause: new Other("internal", "deeper") });
    expect(other instanceof SessionError).toBe(false);
    expect(SessionError.is(other, "store-failed")).toBe(true);
    expect(SessionError.is((other as Error).cause, "internal")).toBe(true);
    expect(Other.is(new SessionError("aborted", "here"))).toBe(true);
  });

  it("is nothing else", () => {
    const alike = { name: "SessionError", code: "aborted", message: "x" };
    for (const value of [
      undefined,
      null,
      1,
      "aborted",
      Symbol("x"),
      {},
      alike,
      new Error("aborted"),
      () => 1,
    ])
      expect(SessionError.is(value)).toBe(false);
    class Mine extends SessionError {}
    expect(SessionError.is(new Mine("aborted", "x"), "aborted")).toBe(true);
  });

  it("has the literal type of its code, and its cause", () => {
    const error: unknown = new SessionError("aborted", "x", { cause: "why" });
    if (!SessionError.is(error, "aborted")) throw new Error("It is one.");
    expectTypeOf(error.code).toEqualTypeOf<"aborted">();
    expectTypeOf<SessionError["code"]>().toEqualTypeOf<ErrorCode>();
    expect(error).toMatchObject({ code: "aborted", category: "usage", recovery: "retry", cause: "why" });
    expect("cause" in new SessionError("aborted", "x")).toBe(false);
  });

  it("shows in JSON and on the console what it is, not how it is recognised", () => {
    const error = new SessionError("aborted", "x", { cause: "why" });
    const { code, category, recovery, message } = error;
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: "SessionError",
      code,
      category,
      recovery,
      message,
    });
    expect(Object.keys(error).sort()).toEqual(["category", "code", "name", "recovery"]);
    expect(inspect(error)).not.toContain("Symbol(");
    expect(String(error)).toBe("SessionError: x");
  });
});
