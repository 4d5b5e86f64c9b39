import { equalConstantTime } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import type { Store } from "../ports/index.js";
import { ownerIdLength } from "./persistence-limits.js";
import { sealedName, type Seal } from "./seal.js";

/** The version of the codec: claimer (16). */
const codec = 1;

/**
 * Claims `name` for this caller: true for one caller only, until `expiresAt` (the store's wall clock, milliseconds since 1970) and afterwards: a claim that has
 * expired when it is made is nobody's. Where the answer of the store was lost, it is this caller's only if the store shows that it is.
 *
 * @throws what the store throws: whether the claim was made is not known then, and it counts as not made by this caller; snapshot-invalid
 */
export async function claim(store: Store, seal: Seal, name: string, expiresAt: number): Promise<boolean> {
  const owner = seal.random(ownerIdLength);
  const bytes = seal.seal(sealedName(name, codec), owner);
  // Read also after a good answer: by the store's clock it may have expired at once, and be free for the next.
  const isOwn = async (): Promise<boolean | undefined> => {
    const stored = await store.get(name);
    return stored && equalConstantTime(seal.open(sealedName(name, codec), stored.bytes), owner);
  };
  try {
    await store.write([{ kind: "put", name, expected: undefined, bytes, expiresAt }]);
  } catch (error) {
    const own = await isOwn();
    if (own === undefined && !SessionError.is(error, "store-conflict")) throw error;
    return own ?? false;
  }
  return (await isOwn()) ?? false;
}
