import { explore, type Level } from "./explore.js";

function option(name: string, otherwise: number): number {
  const index = process.argv.indexOf(`--${name}`);
  const value = index < 0 ? otherwise : Number(process.argv[index + 1]);
  if (!Number.isInteger(value) || value < 1 || value > 20)
    throw new Error(`--${name} takes a whole number from 1 to 20.`);
  return value;
}

const only = process.argv.indexOf("--delivery");
const deliveries = only < 0 ? (["datagram", "ordered"] as const) : [process.argv[only + 1] as "datagram" | "ordered"];
const depth = option("depth", 6);

let failed = 0;
for (const delivery of deliveries) {
  const start = performance.now();
  const seconds = (): string => ((performance.now() - start) / 1000).toFixed(1);
  const onLevel = ({ depth: at, found, worlds, moves, steps, replays, beyond }: Level): void => {
    const memory = Math.round(process.memoryUsage().rss / 2 ** 20);
    console.log(
      `${delivery} depth ${at}: ${found} new, ${worlds} states, ${moves} moves, ${steps} steps of one end ` +
        `(${replays} replays), ${beyond} states beyond, ${seconds()} s, ${memory} MiB`,
    );
  };
  try {
    explore({ delivery, depth, onLevel });
  } catch (error) {
    failed++;
    console.log(`${delivery}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
console.log(failed === 0 ? `explored to depth ${depth}: every state agrees and delivers` : `${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
