import { describe, expect, it } from "vitest";
import { errorKinds, type ErrorCode } from "../../src/errors/index.js";
import { Identity, managerDefaults, SessionManager } from "../../src/manager/index.js";
import { channelNames } from "../../src/manager/telemetry.js";
import { defaultKeyPolicy, defaultLimits, limitNames } from "../../src/session/index.js";
import { MetricsRecorder } from "../../src/session/session-metrics.js";
import { code, codeBlocks, tableRows, written } from "./markdown.js";
import { projectFile } from "./protocol-page.js";

const page = projectFile("docs/OPERATIONS.md");
const names = (cell: string): string[] => [...cell.matchAll(/`([\w-]+)`/g)].map(match => match[1]!);
/** The variants of a type of the source that are told apart by the field `tag`. */
const variants = (file: string, tag: string): string[] => [
  ...new Set(
    [...projectFile(file).matchAll(new RegExp(`readonly ${tag}: "([\\w-]+)"`, "g"))].map(match => match[1]!),
  ),
];

describe("OPERATIONS", () => {
  it("has no programs that nobody runs", () => {
    expect(codeBlocks(page).filter(({ language }) => language !== "sh")).toEqual([]);
  });

  it("has every event", () => {
    const types = variants("src/session/session-event.ts", "type");
    expect(types.length).toBeGreaterThan(5);
    types.push(...variants("src/manager/manager-event.ts", "type"));
    expect(types).toContain("connection-refused");
    expect(tableRows(page, "event").map(([name]) => code(name!))).toEqual(types);
  });

  it("has every cause for which a connection is refused", () => {
    const refused = tableRows(page, "event").find(([name]) => name === "`connection-refused`")!;
    const causes = [...projectFile("src/manager/handshake-gate.ts").matchAll(/^ {2}\| "([\w-]+)"/gm)];
    expect(causes.length).toBeGreaterThan(3);
    for (const [, cause] of causes) expect(names(refused[1]!)).toContain(cause);
  });

  it("has every channel, and the event that is published there", () => {
    const said = tableRows(page, "channel").map(([channel, event]) => [code(event!), code(channel!)]);
    expect(Object.fromEntries(said)).toEqual(channelNames);
  });

  it("has every way in which a session ends", () => {
    const ended = tableRows(page, "event").find(([name]) => name === "`ended`")!;
    for (const kind of variants("src/session/session-state.ts", "kind"))
      expect(names(ended[1]!)).toContain(kind);
  });

  it("has every answer of checkHealth", () => {
    const rows = tableRows(page, "status").map(([name]) => code(name!));
    expect(rows).toEqual(expect.arrayContaining(variants("src/session/session-status.ts", "status")));
    expect(rows).toHaveLength(variants("src/session/session-status.ts", "status").length);
  });

  it("has every limit, with both edges", () => {
    expect(tableRows(page, "limit").map(([name, warn, max]) => [code(name!), warn, max])).toEqual(
      limitNames.map(name => [name, written(defaultLimits[name].warn), written(defaultLimits[name].max)]),
    );
  });

  it("has every setting of the manager and of the key policy, with its default", () => {
    const policy = Object.entries(defaultKeyPolicy).flatMap(([kind, values]) =>
      Object.entries(values as Record<string, number>).map(
        ([name, value]) => [`keyPolicy.${kind}.${name}`, written(value)] as const,
      ),
    );
    const { handshakeRate, ...others } = managerDefaults;
    const rates = Object.entries(handshakeRate).map(
      ([name, rate]) => [`handshakeRate.${name}`, rate] as const,
    );
    const defaults = [...Object.entries(others), ...rates].map(
      ([name, value]) =>
        [name, (typeof value === "number" ? [value] : Object.values(value)).map(written).join("; ")] as const,
    );
    const said = tableRows(page, "setting").map(([name, value]) => [code(name!), value]);
    expect(Object.fromEntries(said)).toEqual(
      Object.fromEntries([...defaults, ...policy, ["autoRenew", "true"]]),
    );
  });

  it("has every metric of a session and of a manager", async () => {
    const metrics = new MetricsRecorder({ wall: 0, monotonic: 0 }).snapshot();
    const manager = new SessionManager({ identity: Identity.generate() });
    const expected = [
      ...Object.keys(metrics),
      ...Object.keys(metrics.sent),
      ...Object.keys(manager.metrics()),
    ];
    await manager.close();
    const [first, second] = [page, page.slice(page.indexOf("`manager.metrics()`:"))];
    const said = [...tableRows(first, "metric"), ...tableRows(second, "metric")].flatMap(([name]) =>
      names(name!),
    );
    expect(said.sort()).toEqual(expected.sort());
  });

  it("has every error code once, under its recovery", () => {
    const said = tableRows(page, "recovery").flatMap(([recovery, , codes]) =>
      names(codes!).map(name => [name, names(recovery!)[0]]),
    );
    expect(said.map(([name]) => name).sort()).toEqual(Object.keys(errorKinds).sort());
    for (const [name, recovery] of said) expect(recovery, name).toBe(errorKinds[name as ErrorCode].recovery);
  });

  it("tells of causes of refusals that are error codes", () => {
    for (const [causes] of tableRows(page, "cause")) {
      for (const cause of names(causes!)) expect(Object.keys(errorKinds)).toContain(cause);
    }
  });
});
