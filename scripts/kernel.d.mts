/** Whether the generated module is of the present source. */
export function kernelIsCurrent(): boolean;
/** The bytes of the kernel in the generated module. */
export function kernelInSource(): Uint8Array<ArrayBuffer>;
/** The kernel, or other modules of it by themselves, compiled anew. Throws what the compiler complains of. */
export function compileKernel(...modules: readonly string[]): Uint8Array<ArrayBuffer>;
/** Writes the generated module. Returns what the compiler complains of. */
export function buildKernel(): string | undefined;
