import { describe, expect, it } from "vitest";
import { compileKernel, kernelInSource } from "../../scripts/kernel.mjs";

describe("the kernel", () => {
  it("compiled anew is, to the byte, what the package holds", () => {
    expect(Buffer.from(compileKernel()).equals(kernelInSource())).toBe(true);
  });
});
