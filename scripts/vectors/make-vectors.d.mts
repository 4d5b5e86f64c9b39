import type { Library } from "./library.mjs";

export function makeVectors(library: Library): { readonly vectors: readonly unknown[] };
