import { spawnSync } from "node:child_process";
import { existsSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InstalledPackage, root } from "./installed-package.js";

const program = `
  import { webSocket } from "bowline/transports/websocket";
  webSocket("ws://127.0.0.1:1").connect(new AbortController().signal).catch(error => console.log(error.code, error.message));
`;

describe("WebSocket in Node, in an application", () => {
  let installed: InstalledPackage;
  beforeAll(() => {
    installed = new InstalledPackage();
  });
  afterAll(() => installed.remove());

  it("without ws says what to install, and with it connects", () => {
    const link = join(installed.application, "node_modules/ws");
    if (existsSync(link)) rmSync(link);
    installed.write("connect.mjs", program);
    expect(installed.run("connect.mjs")).toMatch(/^dependency-missing .*npm install ws/);
    symlinkSync(join(root, "node_modules/ws"), link);
    expect(installed.run("connect.mjs")).toMatch(/^connect-failed /);
  });
});

describe("the types of what is attached", () => {
  let installed: InstalledPackage;
  beforeAll(() => {
    installed = new InstalledPackage();
  });
  afterAll(() => installed.remove());

  it("take a browser's WebSocket, RTCDataChannel and MessagePort as they are", () => {
    installed.write(
      "page.mts",
      `import { toConnection, type Attachable, type SessionManager } from "bowline";
       export const all = (a: WebSocket, b: RTCDataChannel, c: MessagePort): Attachable[] => [a, b, c];
       export const attach = (manager: SessionManager, peer: string, socket: WebSocket) =>
         [manager.attach(socket, { peer }), toConnection(new MessageChannel().port1)];`,
    );
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const options = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022"];
    const modules = ["--module", "nodenext", "--lib", "es2022,dom,esnext.disposable"];
    const { stdout, status } = spawnSync(process.execPath, [compiler, ...options, ...modules, "page.mts"], {
      cwd: installed.application,
      encoding: "utf8",
    });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });
});
