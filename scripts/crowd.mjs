// `npm run -s crowd`: 10,000 sessions in one process, 100 of them hostile: what the others' requests take with and without those. Run it on a
// machine that does nothing else; it takes five minutes. `-- --sessions N --hostile N --seconds N --rate N --hybrid` for other crowds.
//
// What is measured: the time from `send` to the answer, in the process that asks, for requests that come at a constant rate whatever the
// server does. Rounds without and with the attack take turns in the same processes, so that a machine that becomes slower does so for both.
// The result is the median of the rounds' 99th percentiles with the attack over that without it; at more than 2.00 the exit status is 1.
//
// A round takes 20 s: with 10,000 sessions a full collection of the server's heap comes every 5 to 10 s without any attack, and lasts longer
// than 1 % of 5 s. In shorter rounds it falls into some and not into others, and the percentile says which. The same percentile of all requests
// of a kind is printed beside it: one bad round in five moves that one, and not the median.
import { fork, spawnSync } from "node:child_process";
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
    seconds: { type: "string", default: "20" },
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

  constructor(name, options) {
    this.name = name;
    const file = fileURLToPath(new URL(`crowd/${name}.mjs`, import.meta.url));
    this.#child = fork(file, [], { ...options, stdio: ["ignore", "inherit", "inherit", "ipc"] });
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

// Elsewhere the hostile ones have machines of their own. Here theirs runs only while the others' processes, and what collects their garbage, leave a
// core idle: with the lowest priority alone it still holds a core for a tick of the kernel, twice on the way of a request.
const idle = ["--idle", "0"];
const onlyWhenIdle =
  spawnSync("chrt", [...idle, "true"]).status === 0
    ? { execPath: "chrt", execArgv: [...idle, process.execPath] }
    : {};
const [server, honest, enemy] = [
  new Part("server", { execArgv: ["--expose-gc"] }),
  new Part("honest", {}),
  new Part("hostile", onlyWhenIdle),
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
const pooled = all => percentile(Float64Array.from(all).sort(), 0.99);
const ratio = median(worst.hostile) / median(worst.quiet);
const pooledRatio = pooled(samples.hostile) / pooled(samples.quiet);
process.stdout.write(`
p99 of each of ${rounds} rounds of ${seconds} s
`);
for (const [kind, all] of Object.entries(worst))
  process.stdout.write(`${kind.padEnd(9)} ${all.map(figure).join(" ")}   median ${figure(median(all))}\n`);
process.stdout.write(`
p99 with the hostile ones over p99 without, medians of the rounds: ${ratio.toFixed(2)} (at most 2.00)
The same of all requests together: ${pooledRatio.toFixed(2)}
Meanwhile they had ${flood.messages} messages taken, ${flood.garbage} connections of theirs brought garbage, and ${flood.refused} connections were refused unread.
Sessions that ended meanwhile: ${last.ended}.
Memory of an idle session in the server: ${each("heap")} KiB of heap, ${each("external")} KiB beside it, ${each("rss")} KiB resident in all.
`);
if (!(ratio <= 2) || last.ended > 0) process.exitCode = 1;
