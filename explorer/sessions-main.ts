import type { Delivery } from "./end-runner.js";
import { explore, type Level } from "./explore.js";
import { numberOption, option } from "./option.js";
import { alphabets, type Alphabet } from "./world-moves.js";

/** Explores sessions, as the command line says. The status to exit with. */
export function exploreSessions(): number {
  const depth = numberOption("depth", 6, 1, 12);
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
  return failed === 0 ? 0 : 1;
}
