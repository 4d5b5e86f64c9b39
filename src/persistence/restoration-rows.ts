import { disposeRestoration, restorationName, type RestorationState } from "../session/index.js";
import type { LineageFormat, LineageRows } from "./lineage-rows.js";
import { decodeRestoration, restorationCodec, type StoredRestoration } from "./restoration-codec.js";

/** The rows of what sessions are restored from. */
export type RestorationRows = LineageRows<RestorationState, StoredRestoration>;

/** @see PROTOCOL, section 20.7 */
export const restorationFormat: LineageFormat<RestorationState, StoredRestoration> = {
  kind: "restoration",
  pointerKind: "restore",
  codec: restorationCodec,
  decode: decodeRestoration,
  names: (provider, { sessions }) => sessions.map(({ restore }) => restorationName(provider, restore)),
  dispose: disposeRestoration,
};
