import { fork, type ChildProcess } from "node:child_process";
import type { FromProcess, ProcessEvent, ToProcess } from "./process-calls.js";

/** Milliseconds that one call may take before the demonstration is given up. */
const longestCall = 120_000;

export type Role = "listener" | "dialer";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

type Argument<Call> = Call extends (argument: infer Given) => unknown ? Given : never;
type Answer<Call> = Call extends (argument: never) => Promise<infer Value> ? Value : never;

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** One of the two processes, as the parent holds it. `Calls` is what it can be asked. */
export class DemoProcess<Calls> {
  readonly role: Role;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;

  /** Starts this very program again, as one of the two. */
  constructor(role: Role, onEvent: (event: ProcessEvent) => void) {
    this.role = role;
    this.#child = fork(process.argv[1]!, ["demo", "--part", role], {
      serialization: "advanced",
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child.on("message", (message: FromProcess) => {
      if ("event" in message) onEvent(message.event);
      else this.#answered(message);
    });
    this.exited = new Promise(resolve => {
      const settle = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.#abandon(`The ${role} process ended before its work was done.`);
        resolve({ code, signal });
      };
      this.#child.once("exit", settle);
      this.#child.once("error", () => settle(null, null));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Asks the process for something. Rejects with what it says, or where it ends or does not answer. */
  call<Name extends keyof Calls & string>(
    name: Name,
    argument: Argument<Calls[Name]>,
  ): Promise<Answer<Calls[Name]>> {
    const number = ++this.#calls;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(number);
        reject(
          new Error(`The ${this.role} process has not answered "${name}" within ${longestCall / 1000} s.`),
        );
      }, longestCall);
      const settle = <Value>(done: (value: Value) => void) => {
        return (value: Value): void => {
          clearTimeout(timer);
          done(value);
        };
      };
      this.#pending.set(number, { resolve: settle(resolve), reject: settle(reject) });
      if (!this.#child.connected) {
        this.#abandon(`The ${this.role} process is gone.`);
        return;
      }
      this.#child.send({ call: number, name, argument } satisfies ToProcess, error => {
        if (error !== null) this.#abandon(`The ${this.role} process can't be reached.`);
      });
    });
  }

  /** Ends the process at once. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #answered(message: Exclude<FromProcess, { event: ProcessEvent }>): void {
    const pending = this.#pending.get(message.answer);
    this.#pending.delete(message.answer);
    if ("value" in message) pending?.resolve(message.value as never);
    else pending?.reject(new Error(message.failure));
  }

  #abandon(reason: string): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(new Error(reason));
  }
}
