// `npm run -s crowd`: 10,000 sessions in one process, 100 of them hostile. Prints what the others' requests take with and without those, and
// ends with 1 where the 99th percentile (the median of the rounds') is more than twice as much. Run it on a machine that does nothing else. `-- --sessions N --hostile N --seconds N --rate N --hybrid` for other crowds.
import { fork } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ensureBuilt } from "./ensure-built.mjs";

const { values } = parseArgs({
  options: {
    sessions: { type: "string", default: "10000" },
    hostile: { type: "string", default: "100" },
    /** Of each of the five rounds, quiet and hostile each. */
    seconds: { type: "string", default: "5" },
    /** Requests a second, of all together. */
    rate: { type: "string", default: "1500" },
    hybrid: { type: "boolean", default: false },
  },
});
const [sessions, hostile, seconds, rate] = [values.sessions, values.hostile, values.seconds, values.rate].map(
  Number,
);
const rounds = 5;
await ensureBuilt({ progress: true });
if (loadavg()[0] > cpus().length / 2)
  process.stderr.write("The machine has other work to do: the figures are also about that.\n");

/** A process of the crowd: it is asked, and answers each question once. */
class Part {
  #child;
  #answers = [];
  name;

  constructor(name, execArgv = []) {
    this.name = name;
    const file = fileURLToPath(new URL(`crowd/${name}.mjs`, import.meta.url));
    this.#child = fork(file, [], { execArgv, stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#child.on("message", answer => this.#answers.shift()?.(answer));
    this.#child.on("exit", code => {
      if (this.#answers.length === 0) return;
      process.stderr.write(`The ${name} process has ended with ${code}.\n`);
      process.exit(1);
    });
  }

  ask(question) {
    return new Promise(resolve => {
      this.#answers.push(resolve);
      this.#child.send(question);
    });
  }

  end() {
    this.#child.kill();
  }
}

const percentile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
const figure = value => value.toFixed(2).padStart(9);

const [server, honest, enemy] = [
  new Part("server", ["--expose-gc"]),
  new Part("honest"),
  new Part("hostile"),
];
const suite = values.hybrid ? "hybrid" : "classic";
const before = await server.ask({ do: "listen", suite });
const { address, id } = before;
await honest.ask({ do: "join", address, id, count: sessions - hostile, suite });
const full = await server.ask({ do: "measure" });
await enemy.ask({ do: "join", address, id, count: hostile, suite });

const samples = { quiet: [], hostile: [] };
const worst = { quiet: [], hostile: [] };
const flood = { messages: 0, garbage: 0, refused: 0 };
for (let round = 0; round < rounds; round++) {
  for (const kind of ["quiet", "hostile"]) {
    if (kind === "hostile") await enemy.ask({ do: "attack" });
    // What an attack has left in the queues belongs to the attack.
    else
      do await sleep(500);
      while ((await server.ask({ do: "count" })).messages > 0);
    await server.ask({ do: "count" });
    const { latencies, failed, unanswered } = await honest.ask({ do: "talk", seconds, rate });
    const seen = await server.ask({ do: "count" });
    if (kind === "hostile") {
      const { garbage } = await enemy.ask({ do: "rest" });
      flood.garbage += garbage;
      flood.messages += seen.messages - latencies.length;
      flood.refused += seen.refused;
    }
    if (failed + unanswered > 0) {
      process.stderr.write(
        `${failed} requests of honest sessions have failed, and ${unanswered} had no answer within 20 s.\n`,
      );
      process.exitCode = 1;
    }
    samples[kind].push(...latencies);
    worst[kind].push(percentile(Float64Array.from(latencies).sort(), 0.99));
  }
}
const last = await server.ask({ do: "count" });
for (const part of [server, honest, enemy]) part.end();

const kibibytes = bytes => (bytes / 1024).toFixed(1);
const each = name => kibibytes((full[name] - before[name]) / full.sessions);
process.stdout
  .write(`${full.sessions} sessions of the ${suite} suite over TCP; ${hostile} more are hostile: a quarter each of floods of small messages, floods of
messages of 64 KiB, readers that do not read, and connections that bring garbage. ${rate} requests a second of 64 bytes, echoed.

milliseconds      p50       p95       p99     p99.9       max   requests
`);
for (const [kind, all] of Object.entries(samples)) {
  const sorted = Float64Array.from(all).sort();
  const figures = [0.5, 0.95, 0.99, 0.999, 1].map(part => figure(percentile(sorted, part)));
  process.stdout.write(`${kind.padEnd(9)} ${figures.join(" ")} ${String(sorted.length).padStart(10)}\n`);
}
const median = values => percentile(Float64Array.from(values).sort(), 0.5);
const ratio = median(worst.hostile) / median(worst.quiet);
process.stdout.write(`
p99 with the hostile ones over p99 without, medians of ${rounds} rounds: ${ratio.toFixed(2)} (at most 2.00)
Meanwhile they had ${flood.messages} messages taken, and ${flood.garbage} connections of theirs came with garbage, ${flood.refused} of which were refused unread.
Sessions that ended meanwhile: ${last.ended}.
Memory of an idle session in the server: ${each("heap")} KiB of heap, ${each("external")} KiB beside it, ${each("rss")} KiB resident in all.
`);
if (!(ratio <= 2) || last.ended > 0) process.exitCode = 1;
