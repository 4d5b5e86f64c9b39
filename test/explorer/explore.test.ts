import { describe, expect, it } from "vitest";
import { explore } from "../../explorer/explore.js";

/** Small depths; `npm run -s explore` goes further. What is checked in each state: explorer/step-checks, world-moves, settling. */
describe("every order of rotations, generations, renewals, messages, waits, and what a path does to frames", () => {
  it("R16 R18 the ends agree on keys and delivery resumes on datagrams", () => {
    const { worlds } = explore({ delivery: "datagram", alphabet: "keys", depth: 3 });
    expect(worlds).toBeGreaterThan(250);
  });

  it("R16 R18 the ends agree on keys and delivery resumes where order is kept", () => {
    const { worlds } = explore({ delivery: "ordered", alphabet: "keys", depth: 4 });
    expect(worlds).toBeGreaterThan(600);
  });
});
