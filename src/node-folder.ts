import { constants } from "node:fs";
import { open } from "node:fs/promises";

/** Makes the names in a folder durable: what was made, renamed or removed there. Windows has no such call, and needs none. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
