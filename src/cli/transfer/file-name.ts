/** The longest name that file systems take, in bytes of UTF-8. */
const longestName = 255;
/** What this command appends to a name for a while. */
const longestSuffix = Buffer.byteLength(".part.json");
/** Names that mean devices on Windows. */
const devices = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/**
 * A file name that a peer has said, fit for one folder: its last component only; never hidden, a device, or one of this command's own
 * part files; without characters that a terminal or a file system takes for something else. Never empty.
 */
export function safeFileName(said: string): string {
  const component = said.split(/[/\\]/).pop() ?? "";
  let name = component
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}<>:"|?*]/gu, "_")
    .replace(/^[.\s-]/, "_")
    .replace(/[.\s]+$/, "");
  if (devices.test(name) || name === "") name = `_${name}`;
  if (/\.part(\.json)?$/i.test(name)) name += "_";
  while (Buffer.byteLength(name) > longestName - longestSuffix) name = [...name].slice(1).join("");
  return name;
}
