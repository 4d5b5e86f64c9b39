import type { Delivery } from "./end-runner.js";
import { explore, type Level } from "./explore.js";
import { alphabets, type Alphabet } from "./world-moves.js";

function option<Value extends string>(name: string, otherwise: Value, allowed: readonly Value[]): Value {
  const index = process.argv.indexOf(`--${name}`);
  if (index < 0) return otherwise;
  const value = allowed.find(known => known === process.argv[index + 1]);
  if (value === undefined) throw new Error(`--${name} is one of ${allowed.join(", ")}.`);
  return value;
}

const depths = Array.from({ length: 12 }, (_, i) => String(i + 1));
const depth = Number(option("depth", "6", depths));
const alphabet: Alphabet = option("alphabet", "all", Object.keys(alphabets) as Alphabet[]);
const delivery = option<Delivery | "both">("delivery", "both", ["datagram", "ordered", "both"]);
const deliveries = delivery === "both" ? (["datagram", "ordered"] as const) : [delivery];
let failed = 0;
for (const path of deliveries) {
  const start = performance.now();
  const seconds = (): string => ((performance.now() - start) / 1000).toFixed(1);
  const onLevel = ({ depth: at, found, worlds, moves, steps, replays, beyond }: Level): void => {
    const memory = Math.round(process.memoryUsage().rss / 2 ** 20);
    console.log(
      `${path} depth ${at}: ${found} new, ${worlds} states, ${moves} moves, ${steps} steps of one end ` +
        `(${replays} replays), ${beyond} states beyond, ${seconds()} s, ${memory} MiB`,
    );
  };
  try {
    explore({ delivery: path, alphabet, depth, onLevel });
  } catch (error) {
    failed++;
    console.log(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
console.log(
  failed === 0
    ? `explored to depth ${depth}, alphabet ${alphabet}: every state agrees and delivers`
    : `${failed} failed`,
);
process.exitCode = failed === 0 ? 0 : 1;
