import { kernelBase64 } from "./kernel-bytes.js";
import { webAssembly, type WasmModule } from "./web-assembly.js";

/** The kernel, compiled here from the bytes that the package brings; undefined where there is no WebAssembly. @throws where the runtime refuses it */
export function kernelModule(): WasmModule | undefined {
  const api = webAssembly();
  return api && new api.Module(Uint8Array.from(atob(kernelBase64), character => character.charCodeAt(0)));
}
