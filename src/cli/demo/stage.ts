import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DemoProcess } from "./demo-process.js";
import { eventLine } from "./event-lines.js";
import { MeddlingProxy } from "./meddling-proxy.js";
import type { Narrator } from "./narrator.js";
import type { DialerCalls, EndpointCalls, ListenerCalls, ProcessEvent } from "./process-calls.js";

/** Either process, for what both can do. */
export type EndProcess = DemoProcess<EndpointCalls>;

/** The two ends, introduced. */
export interface Meeting {
  readonly address: string;
  /** The listener's id, which the dialer pins. */
  readonly peer: string;
}

/** Everything that must be gone afterwards: two processes, a proxy, a folder with the files. */
export class Stage {
  readonly narrator: Narrator;
  readonly listener: DemoProcess<ListenerCalls>;
  readonly dialer: DemoProcess<DialerCalls>;
  readonly fileBytes: number;
  readonly #folder: string;
  readonly #proxies: MeddlingProxy[] = [];

  constructor(narrator: Narrator, fileBytes: number) {
    this.narrator = narrator;
    this.fileBytes = fileBytes;
    this.#folder = mkdtempSync(join(tmpdir(), "bowline-demo-"));
    this.listener = new DemoProcess("listener", event => this.#show("listener", event));
    this.dialer = new DemoProcess("dialer", event => this.#show("dialer", event));
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  async proxy(target: string): Promise<MeddlingProxy> {
    const proxy = await MeddlingProxy.start(target);
    this.#proxies.push(proxy);
    return proxy;
  }

  /** Ends the processes, if they still run. */
  kill(): void {
    this.listener.kill();
    this.dialer.kill();
  }

  /** Leaves nothing behind: no process, no socket, no file. */
  async strike(): Promise<void> {
    this.kill();
    for (const proxy of this.#proxies) proxy.close();
    await Promise.all([this.listener.exited, this.dialer.exited]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #show(who: "listener" | "dialer", event: ProcessEvent): void {
    if (event.type === "file-progress") {
      const part = event.bytes / this.fileBytes;
      const mebibytes = (event.bytes / 2 ** 20).toFixed(1);
      this.narrator.progress(who, part, `has ${Math.floor(part * 100)}% of the file (${mebibytes} MiB)`);
    } else {
      const line = eventLine(event);
      if (line !== undefined) this.narrator.say(who, line);
    }
  }
}
