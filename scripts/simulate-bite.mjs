// `npm run -s simulate:bite`: breaks the library in known ways, one after another, and shows that the simulator finds each.
// Nothing in the working tree changes. The unbroken library must pass the same
// seeds: `npm run -s simulate`. Options: --seeds (at most so many for each), --hours, --jobs, --only (number of one).
import { availableParallelism } from "node:os";
import { patches } from "../sim/bite/patches.mjs";
import { buildSimulator } from "./simulation/build.mjs";
import { numberOptions } from "./simulation/options.mjs";
import { runSeeds } from "./simulation/worker-pool.mjs";

const options = numberOptions(process.argv.slice(2), {
  seeds: 40,
  hours: 2,
  jobs: availableParallelism(),
  only: undefined,
});

/** How many seeds it took until one failed, and what it said. */
async function bite({ number, name, file }) {
  let tried = 0;
  let found;
  await runSeeds({
    file,
    seeds: Array.from({ length: options.seeds }, (_, i) => i + 1),
    hours: options.hours,
    jobs: 1,
    onReport: report => {
      tried++;
      if (report.failure === undefined) return true;
      found = report;
      return false;
    },
  });
  const said = found?.failure.message.split("\n")[0] ?? "";
  process.stderr.write(
    `${String(number).padStart(2)} ${name}: ${found === undefined ? "SURVIVED" : `seed ${found.seed}`}\n`,
  );
  return { number, name, tried, found, said };
}

async function main() {
  const chosen = patches.filter(({ number }) => options.only === undefined || number === options.only);
  // All are made beforehand, so that what is edited meanwhile changes nothing.
  const waiting = [];
  for (const { number, name, changes } of chosen) {
    waiting.push({ number, name, file: await buildSimulator(`bite-${number}-${process.pid}`, changes) });
  }
  const rows = [];
  const work = async () => {
    for (let patch = waiting.shift(); patch !== undefined; patch = waiting.shift())
      rows.push(await bite(patch));
  };
  await Promise.all(Array.from({ length: options.jobs }, work));
  rows.sort((a, b) => a.number - b.number);
  process.stdout.write(`\n${"what was broken".padEnd(58)}seeds  what the simulator said\n`);
  for (const { number, name, tried, found, said } of rows) {
    const seeds = found === undefined ? `>${tried}` : String(tried);
    process.stdout.write(
      `${String(number).padStart(2)} ${name.padEnd(55)}${seeds.padStart(5)}  ${said.slice(0, 100)}\n`,
    );
  }
  const survivors = rows.filter(({ found }) => found === undefined).length;
  process.stdout.write(`${rows.length - survivors} found, ${survivors} survived\n`);
  process.exitCode = survivors === 0 ? 0 : 1;
}

await main();
