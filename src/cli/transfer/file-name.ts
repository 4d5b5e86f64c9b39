/** The longest name that file systems take, in bytes of UTF-8. */
const longestName = 255;
/** What this command appends to a name for a while. */
const longestSuffix = Buffer.byteLength(".part.json");
/** What is left for a name. */
const room = longestName - longestSuffix;
/** More characters of a name are not looked at: the last ones have its extension, and fill the room. */
const enough = 1024;
/** Names that mean devices on Windows. */
const devices = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/**
 * A file name that a peer has said, fit for one folder: its last component only; never hidden, a device, or one of this command's own
 * part files; without characters that a terminal or a file system takes for something else. Never empty.
 */
export function safeFileName(said: string): string {
  const component = (said.split(/[/\\]/).pop() ?? "").slice(-enough);
  const clean = component.normalize("NFC").replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}<>:"|?*]/gu, "_");
  const name = guarded(lastBytes(clean, room));
  // A guard at each end may make it longer again.
  return Buffer.byteLength(name) <= room ? name : guarded(lastBytes(clean, room - 2));
}

/** After the cut: that may uncover what is guarded against. */
function guarded(name: string): string {
  let safe = name.replace(/^[.\s-]/, "_").replace(/(?<![.\s])[.\s]+$/, "");
  if (devices.test(safe) || safe === "") safe = `_${safe}`;
  if (/\.part(\.json)?$/i.test(safe)) safe += "_";
  return safe;
}

/** The last whole characters that fit. */
function lastBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  return bytes.length <= limit ? text : bytes.toString("utf8", bytes.length - limit).replace(/^\uFFFD+/, "");
}
