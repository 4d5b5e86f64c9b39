const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** The UTF-8 bytes of `text`, in an array that the caller owns. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text of UTF-8 `bytes`. Throws TypeError where they are not well formed. */
export function fromUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
