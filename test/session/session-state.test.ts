import { describe, expect, it } from "vitest";
import { SessionError } from "../../src/errors/index.js";
import { closeReasons } from "../../src/session/control.js";
import { goesOnAfter, isLive, type SessionEnd, type SessionState } from "../../src/session/index.js";

const error = new SessionError("internal", "test");
const ends = {
  truncated: { kind: "truncated", error },
  failed: { kind: "failed", error },
  fenced: { kind: "fenced", error },
  expired: { kind: "expired", reason: "age", error },
  quarantined: { kind: "quarantined", by: "peer", regression: undefined, error },
} as const satisfies Partial<Record<SessionEnd["kind"], SessionEnd>>;

describe("the end of a session", () => {
  it("leaves its lineage to another one where it was the path's or the process's", () => {
    const lasting = Object.values(ends).filter(goesOnAfter);
    expect(lasting.map(({ kind }) => kind)).toEqual(["truncated", "failed", "fenced"]);
    for (const by of ["local", "peer"] as const) {
      const closed = closeReasons.filter(reason => goesOnAfter({ kind: "closed", by, reason }));
      expect(closed).toEqual(["going-away"]);
    }
  });
});

describe("the state of a session", () => {
  it("is live from when it is established until it ends", () => {
    const states: SessionState[] = [
      { name: "handshaking" },
      { name: "active" },
      { name: "near-expiry", reason: "age" },
      { name: "ended", end: ends.failed },
    ];
    expect(states.filter(isLive).map(({ name }) => name)).toEqual(["active", "near-expiry"]);
  });
});
