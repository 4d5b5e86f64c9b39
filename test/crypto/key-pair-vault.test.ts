import { describe, expect, it } from "vitest";
import { KeyPairVault } from "../../src/crypto/key-pair-vault.js";
import { expectRefusal } from "../contract/crypto/refusals.js";

describe("KeyPairVault", () => {
  it("gives the secret half to its own scheme alone, and erases it once", () => {
    const erased: string[] = [];
    const vault = new KeyPairVault<string>(material => erased.push(material));
    const other = new KeyPairVault<string>(() => undefined);
    const pair = vault.hold(new Uint8Array(2), "secret");
    expect(vault.materialOf(pair)).toBe("secret");
    expectRefusal("invalid-argument", () => other.materialOf(pair));
    expectRefusal("invalid-argument", () => vault.materialOf({ ...pair }));
    pair.dispose();
    pair.dispose();
    expect(erased).toEqual(["secret"]);
    expectRefusal("secret-disposed", () => vault.materialOf(pair));
  });
});
