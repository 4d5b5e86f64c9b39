/** A compiled module, whatever it is to the runtime. */
export type WasmModule = object;

/** What is used of the runtime's WebAssembly. */
interface WebAssemblyApi {
  /** Throws where the bytes ask for what the runtime lacks (SIMD), or where a policy forbids compiling (CSP). */
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule) => { readonly exports: unknown };
}

/** WebAssembly of the runtime; undefined where it has none. */
export function webAssembly(): WebAssemblyApi | undefined {
  return (globalThis as { readonly WebAssembly?: WebAssemblyApi }).WebAssembly;
}
