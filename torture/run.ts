import { fork, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Identity, Secret } from "../src/index.js";
import type { Count, EndConfig, Order } from "./orders.js";
import { SealReader } from "./seal-log.js";

/** Milliseconds after which ends that do not agree are at fault. */
const patience = 30_000;

/** A process of an end. */
export class EndProcess {
  readonly #child: ChildProcess;
  readonly exited: Promise<void>;
  readonly ready: Promise<void>;
  #answer: ((count: Count) => void) | undefined;

  constructor(file: string, config: EndConfig) {
    this.#child = fork(file, [JSON.stringify(config)], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.exited = new Promise(resolve => this.#child.once("exit", () => resolve()));
    this.ready = new Promise(resolve =>
      this.#child.on("message", message => {
        if (message === "ready") resolve();
        else this.#answer?.(message as Count);
      }),
    );
  }

  tell(order: Order): void {
    if (this.#child.connected) this.#child.send(order, () => undefined);
  }

  /** Undefined where the process ends before it answers. */
  async count(): Promise<Count | undefined> {
    const answer = new Promise<Count>(resolve => (this.#answer = resolve));
    this.tell({ do: "count" });
    return Promise.race([answer, this.exited.then(() => undefined)]);
  }

  kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    return this.exited;
  }
}

/** Two ends with their folders, identities and logs: what a round of the run works on. */
export class Trial {
  readonly #file: string;
  readonly #persist: EndConfig["persist"];
  readonly #folder = mkdtempSync(join(tmpdir(), "bowline-torture-"));
  readonly #secrets = { a: randomBytes(32), b: randomBytes(32) };
  readonly #digestKey = randomBytes(32).toString("hex");
  readonly #port: number;
  #logs = 0;
  readonly seals = new SealReader();

  private constructor(file: string, persist: EndConfig["persist"], port: number) {
    this.#file = file;
    this.#persist = persist;
    this.#port = port;
    for (const end of ["a", "b"] as const) mkdirSync(this.storeOf(end), { mode: 0o700 });
  }

  static async begin(file: string, persist: EndConfig["persist"]): Promise<Trial> {
    return new Trial(file, persist, await freePort());
  }

  storeOf(end: "a" | "b", copy = ""): string {
    return join(this.#folder, `${end}${copy}`);
  }

  /** Keeps a copy of what an end has stored; none of its processes may run. */
  copyStore(from: string, to: string): void {
    rmSync(to, { recursive: true, force: true });
    cpSync(from, to, { recursive: true });
  }

  start(end: "a" | "b", folder = this.storeOf(end)): EndProcess {
    const sealLog = join(this.#folder, `seals-${++this.#logs}`);
    this.seals.add(sealLog);
    return new EndProcess(this.#file, {
      end,
      secretKey: this.#secrets[end].toString("hex"),
      peer: this.#id(end === "a" ? "b" : "a"),
      folder,
      port: this.#port,
      persist: this.#persist,
      sealLog,
      deliveryLog: join(this.#folder, `deliveries-${end}`),
      digestKey: this.#digestKey,
    });
  }

  end(): void {
    this.seals.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #id(end: "a" | "b"): string {
    const identity = Identity.fromSecretKey(Secret.take(Uint8Array.from(this.#secrets[end])));
    try {
      return identity.id;
    } finally {
      identity.dispose();
    }
  }
}

/** What is known of an end, over all its processes, which share one store. */
async function countOf(processes: readonly EndProcess[]): Promise<Count> {
  const counts = await Promise.all(processes.map(process => process.count()));
  const alive = counts.filter(count => count !== undefined);
  if (alive.length < counts.length) throw new Error("a process has ended by itself");
  return { ...alive[0]!, jumps: alive.flatMap(count => count.jumps) };
}

/** Whether a jump is one that this run allows: after a rollback a loss is one that was told of, and nothing else is. */
export type Allowed = (jump: Count["jumps"][number], receiver: Count) => boolean;

/** Waits till everything that either end has sent has come, once and in order. The result says what is missing or wrong. */
export async function agreement(
  a: readonly EndProcess[],
  b: readonly EndProcess[],
  allowed: Allowed = () => false,
): Promise<string | undefined> {
  const begin = performance.now();
  for (;;) {
    const [ofA, ofB] = [await countOf(a), await countOf(b)];
    for (const count of [ofA, ofB]) {
      const wrong = count.jumps.filter(jump => !allowed(jump, count));
      if (wrong.length > 0)
        return wrong.map(({ from, last, number }) => `${from}: ${number} came after ${last}`).join("; ");
    }
    const missing = [...difference(ofA, ofB), ...difference(ofB, ofA)];
    if (missing.length === 0) return undefined;
    if (performance.now() - begin > patience) return `after ${patience} ms: ${missing.join("; ")}`;
    await sleep(10);
  }
}

/** Messages that one end has sent and the other has not got, and the other way round. */
function difference(sender: Count, receiver: Count): string[] {
  return Object.entries(sender.sent).flatMap(([life, sent]) => {
    const got = receiver.got[life] ?? 0;
    return got >= sent ? [] : [`${life} has sent ${sent}, ${got} came`];
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
