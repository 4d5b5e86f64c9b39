// Worker processes that run seeds, one after another.
import { fork } from "node:child_process";
import { clearTimeout, setTimeout } from "node:timers";

/** Real milliseconds after which a run that says nothing has hung: 24 simulated hours take some seconds, and minutes on a machine that is busy or was stopped meanwhile. */
const patience = 15 * 60_000;

/** Room for young objects: a run makes many, and few live long. */
const nodeOptions = ["--enable-source-maps", "--max-semi-space-size=64"];

/** One worker process. */
class Worker {
  #child;
  #file;

  constructor(file) {
    this.#file = file;
  }

  /** The report of one run; of a run that died or hung, one with a failure. */
  run(seed, hours) {
    this.#child ??= fork(this.#file, {
      execArgv: nodeOptions,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const child = this.#child;
    return new Promise(resolve => {
      const failed = message => {
        this.end();
        resolve({ seed, hours, failure: { at: 0, message, trace: [] } });
      };
      const timer = setTimeout(() => failed("The run has hung."), patience);
      const settle = step => value => {
        clearTimeout(timer);
        child.off("message", onMessage);
        child.off("exit", onExit);
        step(value);
      };
      const onMessage = settle(report =>
        report.crashed === undefined ? resolve(report) : failed(report.crashed),
      );
      const onExit = settle(code => failed(`The worker ended with ${code}.`));
      child.once("message", onMessage);
      child.once("exit", onExit);
      child.send({ seed, hours });
    });
  }

  end() {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }
}

/**
 * Runs `seeds` on `jobs` processes and calls `onReport` with each report as it comes. Stops early where `onReport` returns
 * false.
 */
export async function runSeeds({ file, seeds, hours, jobs, onReport }) {
  const waiting = [...seeds];
  let going = true;
  const work = async () => {
    const worker = new Worker(file);
    try {
      while (going && waiting.length > 0) {
        const report = await worker.run(waiting.shift(), hours);
        if (going && onReport(report) === false) going = false;
      }
    } finally {
      worker.end();
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
}
