import module from "./kernel.wasm";
import type { WasmModule } from "./web-assembly.js";

/** The kernel as the platform has compiled it: for those that forbid compiling bytes, and import a `.wasm` file as a module. */
export const kernelModule = (): WasmModule => module;
