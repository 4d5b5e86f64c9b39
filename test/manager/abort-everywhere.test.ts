import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

/** What waits and takes no signal, and why that is right. */
const without: Readonly<Record<string, string>> = {
  "[Symbol.asyncDispose]": "its signature is the language's; `close` takes a signal",
  "[Symbol.asyncIterator]": "its signature is the language's; the method that it calls takes a signal",
  "EventStream.next": "its signature is the language's; `events` takes the signal of the whole stream",
  "EventStream.return": "waits for nothing",
  "Connector.connect": "the signal is its parameter",
  "Listener.listen": "of the port: `accept` ends the wait",
  "Listener.close": "of the port: `Acceptor.close` ends the wait",
  "Store.get": "of the port: `history` ends the wait",
  "Store.write": "of the port: nobody waits for a write but `close`, whose wait its signal ends",
  "Store.entries": "of the port: `history` ends the wait",
  "Store.close": "of the port: its owner closes it",
  "MemoryStore.get": "waits for nothing",
  "MemoryStore.write": "waits for nothing",
  "MemoryStore.entries": "waits for nothing",
  "MemoryStore.close": "waits for nothing",
};

interface AsyncMethod {
  readonly name: string;
  readonly takesSignal: boolean;
}

/** The methods of what `src/index.ts` exports, and its functions, that return a promise or an asynchronous iterator. */
function asyncMethods(): AsyncMethod[] {
  const entry = fileURLToPath(new URL("../../src/index.ts", import.meta.url));
  const config = ts.getParsedCommandLineOfConfigFile(
    fileURLToPath(new URL("../../tsconfig.json", import.meta.url)),
    { noEmit: true },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined },
  )!;
  const program = ts.createProgram([entry], config.options);
  const checker = program.getTypeChecker();
  const found: AsyncMethod[] = [];
  const waits = (type: ts.Type): boolean =>
    ["Promise", "PromiseLike", "AsyncGenerator", "AsyncIterable", "AsyncIterableIterator"].includes(
      type.getSymbol()?.name ?? "",
    );
  const look = (name: string, type: ts.Type): void => {
    for (const signature of type.getCallSignatures()) {
      if (!waits(signature.getReturnType())) continue;
      const takesSignal = signature.parameters.some(parameter => {
        const given = checker.getNonNullableType(checker.getTypeOfSymbol(parameter));
        const parts = given.isUnion() ? given.types : [given];
        return parts.every(part => part.getProperty("signal") !== undefined);
      });
      found.push({ name, takesSignal });
    }
  };
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)!)!);
  for (const symbol of exported) {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const type =
      target.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)
        ? checker.getDeclaredTypeOfSymbol(target)
        : checker.getTypeOfSymbol(target);
    look(symbol.name, type);
    for (const member of type.getProperties()) {
      const { name } = member;
      if (name.startsWith("__#") || name.startsWith("#")) continue;
      // Well-known symbols stand as `__@asyncIterator@1`.
      const spelled = name.startsWith("__@") ? `[Symbol.${name.split("@")[1]!}]` : `${symbol.name}.${name}`;
      look(spelled, checker.getTypeOfSymbol(member));
    }
  }
  return found;
}

describe("everything public that waits", () => {
  it("takes an AbortSignal, or is listed here with the reason why not", () => {
    const methods = asyncMethods();
    const names = methods.map(({ name }) => name);
    for (const name of ["connect", "accept", "send", "receive", "history", "drain", "close"])
      expect(names).toContain(`SessionManager.${name}`);
    for (const name of ["send", "sendBatch", "receive", "close"]) expect(names).toContain(`Session.${name}`);
    expect(names).toContain("Acceptor.next");
    const missing = methods.filter(({ name, takesSignal }) => !takesSignal && !(name in without));
    expect(missing.map(({ name }) => name)).toEqual([]);
    expect(Object.keys(without).filter(name => !names.includes(name))).toEqual([]);
  });
});
