import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { errorKinds } from "../../src/errors/index.js";
import { managerDefaults } from "../../src/manager/index.js";
import { HandshakeState } from "../../src/noise/index.js";
import {
  clearFrameType,
  frameHeaderLength,
  maxPlaintextLength,
  maxRecordLength,
  maxRotation,
  maxRotationsAhead,
  maxSealedFrameLength,
  recordOverhead,
  replayWindowWidth,
  sealedFrameType,
} from "../../src/record/index.js";
import { encodeControl } from "../../src/session/control.js";
import { maxExportLength } from "../../src/session/index.js";
import { suiteProtocol, suites } from "../../src/session/suites.js";
import { code, headings, tableRows, written } from "./markdown.js";
import { projectFile, protocolPage } from "./protocol-page.js";

const byName = <Value>(values: Record<string, Value>): [string, Value][] =>
  Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));

describe("the tables of PROTOCOL", () => {
  it("section 10 has every error code, with its category and recovery", () => {
    const rows = tableRows(protocolPage, "code");
    const said = rows.map(([name, category, recovery]) => [code(name!), { category, recovery }] as const);
    expect(byName(Object.fromEntries(said))).toEqual(byName(errorKinds));
    expect(new Set(said.map(([name]) => name)).size).toBe(rows.length);
    for (const row of rows) expect(row[3], row[0]).toMatch(/\w/);
  });

  it("section 3.2 has every frame type", () => {
    const said = tableRows(protocolPage, "type").map(([type, name]) => [
      name!.replace(" o", "O"),
      Number(code(type!)),
    ]);
    expect(Object.fromEntries(said)).toEqual({ ...clearFrameType, ...sealedFrameType });
  });

  it("section 5 has every suite: id, Noise protocol, messages and their lengths", () => {
    const rows = tableRows(protocolPage, "id");
    expect(rows.map(row => row[1]).sort()).toEqual(Object.keys(suites).sort());
    for (const [id, name, protocolName, messages, lengths] of rows) {
      const suite = suites[name as keyof typeof suites];
      const protocol = suiteProtocol(suite, nodeProvider);
      expect(Number(code(id!))).toBe(suite.id);
      expect(code(protocolName!)).toBe(protocol.name);
      const tokens = messages!.split("·").map(message => message.replaceAll(/[→←\s]/g, "").split(","));
      expect(tokens).toEqual(protocol.pattern.messages);

      const [s, rs] = [
        nodeProvider.dh.generateKeyPair(nodeProvider.random),
        nodeProvider.dh.generateKeyPair(nodeProvider.random),
      ];
      const base = { protocol, prologue: new Uint8Array(0), random: nodeProvider.random };
      const known = suite.pattern === "IK" ? { rs: rs.publicKey } : {};
      const ends = [
        new HandshakeState({ ...base, role: "initiator", s, ...known }),
        new HandshakeState({ ...base, role: "responder", s: rs }),
      ] as const;
      const measured = protocol.pattern.messages.map((_, i) => {
        const message = ends[i % 2]!.writeMessage(new Uint8Array(0));
        ends[(i + 1) % 2]!.readMessage(message);
        return message.length;
      });
      expect(lengths).toBe(measured.join(", "));
    }
  });

  it("section 8 has every control frame with its first byte", () => {
    const said = tableRows(protocolPage, "kind u8").map(([kind, name]) => [name, Number(kind)]);
    const kinds = (["confirm", "epoch"] as const).map(kind => [kind, encodeControl({ kind })[0]]);
    const close = encodeControl({ kind: "close", reason: "going-away" });
    expect(Object.fromEntries(said)).toMatchObject(Object.fromEntries([...kinds, ["close", close[0]]]));
    expect([...close]).toEqual([2, 1]);
  });
});

describe("the numbers of PROTOCOL", () => {
  it.each([
    ["the longest plaintext", `ciphertext (1 to ${written(maxPlaintextLength)})`],
    ["what a record adds", `${recordOverhead} bytes longer than what it seals`],
    [
      "record lengths",
      `Fewer than ${recordOverhead + 1} bytes: \`record-too-short\`. More than ${written(maxRecordLength)}`,
    ],
    ["rotations ahead", `more than ${maxRotationsAhead} after the current one`],
    ["the last rotation", `After rotation ${written(maxRotation)} it refuses`],
    ["the replay window", `less than ${written(replayWindowWidth)} behind the highest one`],
    ["the grace time", `(${written(managerDefaults.grace)} ms by default; each end has its own)`],
    ["the frame header", `A frame has at least ${frameHeaderLength} bytes`],
    ["the handshake's time-out", `(${written(managerDefaults.handshakeTimeout)} ms by default) fails`],
    ["the longest frame", `and ${written(maxSealedFrameLength)} (the longest record and its header)`],
    ["the longest exported key", `the length 1 to ${written(maxExportLength)}`],
  ])("%s", (_, phrase) => {
    expect(protocolPage.replaceAll(/\s+/g, " ")).toContain(phrase);
  });
});

describe("what docstrings cite", () => {
  const folder = fileURLToPath(new URL("../../src/", import.meta.url));
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter(path => path.endsWith(".ts"))
    .map(path => ({ path, text: readFileSync(folder + path, "utf8") }));
  const cited = (pattern: RegExp): string[][] =>
    sources.flatMap(({ path, text }) => [...text.matchAll(pattern)].map(match => [path, ...match.slice(1)]));

  it("sections of PROTOCOL, by number, that are there", () => {
    const numbers = new Set(headings(protocolPage).map(heading => /^[\d.]*\d/.exec(heading)?.[0]));
    const citations = cited(/PROTOCOL, (sections? \d[\d.]*(?:(?:,| and| to) \d[\d.]*)*|.{0,20})/g);
    expect(citations.length).toBeGreaterThan(20);
    for (const [path, text] of citations) {
      expect(text, path).toMatch(/^sections? \d/);
      for (const [number] of text!.matchAll(/\d+(\.\d+)*/g))
        expect(numbers, `${path}: ${text}`).toContain(number);
    }
  });

  it("sections of other pages, by title, that are there", () => {
    for (const [path, page, title] of cited(/\b([A-Z][A-Z-]+), "([^"]+)"/g)) {
      expect(headings(projectFile(`docs/${page}.md`)), path).toContain(title);
    }
  });
});
