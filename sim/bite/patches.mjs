// Every known-bad change of the library, numbered. Each is a list of replacements: the text stands in the file exactly once.
import { recordPatches } from "./record-patches.mjs";
import { sessionPatches } from "./session-patches.mjs";
import { storePatches } from "./store-patches.mjs";

export const patches = [...recordPatches, ...sessionPatches, ...storePatches].map((patch, index) => ({
  number: index + 1,
  ...patch,
}));
