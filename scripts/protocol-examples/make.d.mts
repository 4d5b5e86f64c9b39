/** Every example: label, then name of the value, then its bytes. */
export type Examples = Record<string, Record<string, Uint8Array>>;

export function makeExamples(library: object): Examples;
