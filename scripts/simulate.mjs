// Runs the simulator: `npm run -s simulate -- --seeds N --hours H [--from F] [--seed S] [--jobs J]`. H simulated hours for each
// of N seeds from F on (1 by default), or for the one seed S. The last line says how many passed and failed; exit status 1 where one failed.
import { availableParallelism } from "node:os";
import { buildSimulator } from "./simulation/build.mjs";
import { numberOptions } from "./simulation/options.mjs";
import { Summary } from "./simulation/summary.mjs";
import { runSeeds } from "./simulation/worker-pool.mjs";

/** The shortest run that fails in the same way: each try is a part of the hours until the failure. */
async function shortest(file, { seed, hours, failure }) {
  const until = Math.max(failure.at / 3_600_000, 0.01);
  const tries = [0.25, 0.5, 1, 2, 4, 8, 16].filter(tried => tried < hours && tried >= until * 0.9);
  for (const tried of tries) {
    let found = false;
    await runSeeds({
      file,
      seeds: [seed],
      hours: tried,
      jobs: 1,
      onReport: report => void (found = report.failure !== undefined),
    });
    if (found) return tried;
  }
  return hours;
}

async function main() {
  const options = numberOptions(process.argv.slice(2), {
    seeds: 20,
    hours: 2,
    seed: undefined,
    from: 1,
    jobs: availableParallelism(),
  });
  const { hours, jobs, seed, from } = options;
  const seeds = seed === undefined ? Array.from({ length: options.seeds }, (_, i) => from + i) : [seed];
  const file = await buildSimulator(`simulator-${process.pid}`);
  const summary = new Summary();
  const begin = performance.now();
  await runSeeds({
    file,
    seeds,
    hours,
    jobs,
    onReport: report => {
      summary.add(report);
      const done = summary.passed + summary.failures.length;
      const minutes = (performance.now() - begin) / 60_000;
      const left = ((seeds.length - done) * minutes) / done;
      const state =
        report.failure === undefined
          ? `${report.messages} messages`
          : `FAILED: ${report.failure.message.split("\n")[0]}`;
      process.stderr.write(
        `seed ${report.seed}: ${state}  (${done}/${seeds.length}, about ${left.toFixed(1)} min left)\n`,
      );
    },
  });
  for (const report of summary.failures) {
    const { seed: failed, failure } = report;
    process.stdout.write(
      `\nSeed ${failed} failed after ${(failure.at / 1000).toFixed(3)} simulated seconds:\n${failure.message}\n`,
    );
    for (const line of failure.trace.slice(-25)) process.stdout.write(`    ${line}\n`);
  }
  for (const report of summary.failures.slice(0, 3)) {
    const least = await shortest(file, report);
    process.stdout.write(`Again: npm run -s simulate -- --seed ${report.seed} --hours ${least}\n`);
  }
  summary.print(text => process.stdout.write(text));
  process.stdout.write(`${summary.passed} passed, ${summary.failures.length} failed\n`);
  process.exitCode = summary.failures.length === 0 ? 0 : 1;
}

await main();
