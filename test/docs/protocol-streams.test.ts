import { describe, expect, it } from "vitest";
import { fromHex, utf8 } from "../../src/bytes/index.js";
import { replyStatus } from "../../src/manager/reply.js";
import { decodeStreamFrame, streamCode, streamFrameKind } from "../../src/streams/stream-frame.js";
import {
  dataPerFrame,
  defaultMaxStreams,
  maxDataPerFrame,
  maxLabelLength,
  maxWaitingRefusals,
  maxStreamWindow,
  sessionSpareWindow,
  streamWindow,
} from "../../src/streams/stream-limits.js";
import { tableRows, written } from "./markdown.js";
import { protocolPage } from "./protocol-page.js";

const page = protocolPage.slice(
  protocolPage.indexOf("## 17. Streams"),
  protocolPage.indexOf("## 18. Resumption"),
);

describe("section 17 of PROTOCOL", () => {
  it("has every kind of a stream frame, and every status of a reply", () => {
    const kinds = tableRows(page, "stream kind u8").map(([kind, name]) => [name!, Number(kind)]);
    expect(Object.fromEntries(kinds)).toEqual(streamFrameKind);
    expect(tableRows(page, "status u8").map(([status]) => Number(status))).toEqual(
      Object.values(replyStatus),
    );
  });

  it("has examples that are what it says", () => {
    const lines = page.split("\n").filter(line => /^ {4}[0-9a-f ]+$/.test(line));
    const frames = lines.map(line => decodeStreamFrame(fromHex(line.replaceAll(" ", ""))!));
    expect(frames).toEqual([
      { kind: "open", id: 1, purpose: "stream", label: "echo" },
      { kind: "data", id: 1, bytes: utf8("hi") },
      { kind: "end", id: 1 },
      { kind: "reset", id: 2, code: 300 },
      { kind: "credit", id: 1, bytes: 131_072 },
    ]);
  });

  it("has the numbers of the code", () => {
    expect(page).toContain(`credit for ${written(streamWindow)} bytes`);
    expect(page).toContain(`the window is ${written(streamWindow)} at first`);
    expect(page).toContain(`up to ${written(maxStreamWindow)} for a stream`);
    expect(page).toContain(`up to ${written(sessionSpareWindow)} for all of a session`);
    expect(page).toContain(`frame by frame, ${written(dataPerFrame)} bytes at most`);
    expect(page).toContain(`1 to ${written(maxDataPerFrame)} bytes`);
    expect(page).toContain(`0 to ${maxLabelLength} bytes of UTF-8`);
    expect(page).toContain(`at a time, ${defaultMaxStreams} if`);
    expect(page).toContain(`${written(maxWaitingRefusals)} refusals`);
    const { cancelled, refused, protocol, timeout, application } = streamCode;
    expect(page).toContain(
      `Codes: ${cancelled} cancelled, ${refused} refused, ${protocol} protocol, ${timeout} time`,
    );
    expect(page).toContain(`from ${application} on`);
  });
});
