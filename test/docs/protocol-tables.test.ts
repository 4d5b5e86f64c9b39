import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Secret } from "../../src/bytes/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { errorKinds } from "../../src/errors/index.js";
import { managerDefaults } from "../../src/manager/index.js";
import { HandshakeState } from "../../src/noise/index.js";
import {
  clearFrameType,
  frameFlag,
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
import { closeReasons, decodeControl, encodeControl } from "../../src/session/control.js";
import { maxGeneration } from "../../src/session/generation-exchange.js";
import { defaultKeyPolicy, limitNames, maxExportLength } from "../../src/session/index.js";
import { maxUnseenRotations, resendInterval, responderPatience } from "../../src/session/key-policy.js";
import { encodedLimitsLength } from "../../src/session/limits.js";
import { renewalProtocol, suiteProtocol, suites } from "../../src/session/suites.js";
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
      name!.replace(/ ([a-z])/, (_, letter: string) => letter.toUpperCase()),
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

  it("section 3.3 has every flag", () => {
    const said = tableRows(protocolPage, "flags").map(([flag, name]) => [
      name!.toLowerCase(),
      Number(code(flag!)),
    ]);
    expect({ none: 0, ...Object.fromEntries(said) }).toEqual(frameFlag);
  });

  it("section 8 has every control frame with its first byte, and every reason of a close", () => {
    const said = tableRows(protocolPage, "kind u8").map(([kind, name, then]) => ({
      kind: Number(kind),
      name,
      then,
    }));
    const known = Array.from({ length: 256 }, (_, kind) => {
      for (const rest of [[], [0], [0, 0, 0, 0]]) {
        try {
          return decodeControl(Uint8Array.of(kind, ...rest)).kind;
        } catch {
          // Another length, or no kind at all.
        }
      }
      return undefined;
    });
    expect(said.map(({ kind, name }) => [kind, name])).toEqual(
      [...known.entries()].filter(([, name]) => name !== undefined),
    );
    expect(said.find(({ name }) => name === "close")!.then).toBe(
      `reason u8: ${closeReasons.map((reason, i) => `${i} ${reason}`).join(", ")}`,
    );
    expect([...encodeControl({ kind: "close", reason: "expired" })]).toEqual([2, 2]);
  });

  it("section 15.2 has the Noise protocol of a renewal of each kind", () => {
    const rows = tableRows(protocolPage, "old suite");
    expect(rows.map(([kind]) => kind)).toEqual(["classic", "hybrid"]);
    for (const [kind, name, messages, lengths] of rows) {
      const protocol = renewalProtocol(kind === "hybrid" ? suites.XXhfs : suites.XX, nodeProvider);
      expect(code(name!)).toBe(protocol.name);
      const tokens = messages!.split("·").map(message => message.replaceAll(/[→←\s]/g, "").split(","));
      expect(tokens).toEqual(protocol.pattern.messages);
      const keys = [0, 1].map(() => nodeProvider.dh.generateKeyPair(nodeProvider.random));
      const ends = (["initiator", "responder"] as const).map((role, i) => {
        const psks = [Secret.take(new Uint8Array(32))];
        const [s, rs] = [keys[i]!, keys[1 - i]!.publicKey];
        const prologue = new Uint8Array(0);
        return new HandshakeState({ protocol, role, prologue, random: nodeProvider.random, s, rs, psks });
      });
      const first = ends[0]!.writeMessage(new Uint8Array(0));
      ends[1]!.readMessage(first);
      expect(lengths).toBe(`${first.length}, ${ends[1]!.writeMessage(new Uint8Array(0)).length}`);
    }
  });

  it("section 16.1 has every limit, in the order of section 16.2", () => {
    expect(tableRows(protocolPage, "limit").map(([name]) => code(name!))).toEqual(limitNames);
    expect(protocolPage).toContain(`limits = ${limitNames.join(" | ")}\n`);
    expect(protocolPage).toContain(`\n${encodedLimitsLength} bytes. A hard edge`);
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
    [
      "rotations by themselves",
      `2^${Math.log2(defaultKeyPolicy.rotation.records)} records, 2^${Math.log2(defaultKeyPolicy.rotation.bytes)} bytes or ${written(defaultKeyPolicy.rotation.time)} ms by default`,
    ],
    [
      "generations by themselves",
      `after ${defaultKeyPolicy.generation.rotations} rotations of its direction or ${written(defaultKeyPolicy.generation.time)} ms`,
    ],
    ["rotations ahead of a peer on datagrams", `stops at ${maxUnseenRotations} rotations by itself`],
    ["the responder's patience", `waits ${responderPatience} times as long`],
    ["the last generation", `After generation ${written(maxGeneration)} there is no next`],
    ["repetitions", `repeats its proposal every ${written(resendInterval)} ms`],
    ["the longest exported key", `the length 1 to ${written(maxExportLength)}`],
  ])("%s", (_, phrase) => {
    expect(protocolPage.replaceAll(/\s+/g, " ").includes(phrase), phrase).toBe(true);
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
