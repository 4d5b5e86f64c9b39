import { concat } from "../bytes/index.js";

/** Pieces below this many bytes are merged. */
const smallPiece = 1_024;

/**
 * Adds `bytes`, the list's from now on, behind the last of `pieces`, or to it where both are small: a peer that sends byte by byte shall
 * not cost an object for each byte. Pieces before `first` have been taken.
 */
export function appendPiece(pieces: Uint8Array[], bytes: Uint8Array, first = 0): void {
  const last = pieces.length - 1;
  const tail = last < first ? undefined : pieces[last];
  if (tail !== undefined && tail.length < smallPiece && bytes.length < smallPiece)
    pieces[last] = concat(tail, bytes);
  else pieces.push(bytes);
}
