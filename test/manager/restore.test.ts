import { describe, expect, it } from "vitest";
import { settle } from "./support.js";
import { talk, world, type Options } from "./resume-support.js";

const full = { persist: "full" } satisfies Options;

/** What a process that was killed tells nobody. */
const ofTheDead = (error: unknown): boolean =>
  error instanceof Error && error.message === "This process is dead.";

describe("a session that carries on after its process", () => {
  it.each(["a", "b", "both"] as const)("goes on without a handshake when %s has restarted", async who => {
    const w = await world({ stores: true, a: full, b: full });
    const first = await w.connect();
    await talk(first);
    const { id, lineage } = first.alice;
    await w.crash(...(who === "both" ? [w.a, w.b] : [w[who]]));
    const again = await w.connect();
    expect(w.a.errors.concat(w.b.errors).filter(error => !ofTheDead(error))).toEqual([]);
    expect(again.alice.id).toBe(id);
    expect(again.bob.id).toBe(id);
    expect(again.alice.lineage).toBe(lineage);
    expect([again.alice.restored, again.bob.restored]).toEqual(["local", "peer"]);
    await talk(again);
    await settle();
    expect(again.alice.metrics().generations).toBe(1);
    expect(again.bob.metrics().generations).toBe(1);
    const record = again.alice.encrypt(new Uint8Array(3));
    expect(again.bob.decrypt(record)).toEqual(new Uint8Array(3));
  });
});
