import { numberOption, option } from "../option.js";
import { exploreStores, StoreCounterexample, type StoreLevel } from "./explore-stores.js";
import { plants, programs, type PlantName, type ProgramName } from "./programs.js";

/** Explores fences, leases, claims and group commits, as the command line says. The status to exit with. */
export async function exploreStoresFromCommand(): Promise<number> {
  const all = Object.keys(programs) as ProgramName[];
  const program = option<ProgramName | "all">("program", "all", ["all", ...all]);
  const plant = option<PlantName | "none">("plant", "none", [
    "none",
    ...(Object.keys(plants) as PlantName[]),
  ]);
  const depth = numberOption("depth", 12, 1, 99);
  const numbers = {
    processes: numberOption("processes", 2, 1, 3),
    faults: numberOption("faults", 1, 0, 9),
    crashes: numberOption("crashes", 1, 0, 9),
    restarts: numberOption("restarts", 1, 0, 9),
  };
  const { processes, faults, crashes, restarts } = numbers;
  console.log(
    `${processes} processes; at most ${faults} faulty operations, ${crashes} crashes, ${restarts} restarts, ${depth} moves`,
  );
  let [states, violations] = [0, 0];
  for (const name of program === "all" ? all : [program]) {
    const start = performance.now();
    const onLevel = ({ depth: at, found, states: so, moves, histories, ended }: StoreLevel): void => {
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      console.log(
        `${name} depth ${at}: ${found} new, ${so} states, ${moves} moves, ${histories} histories of one process, ${ended} over, ${seconds} s`,
      );
    };
    try {
      const planted = plant === "none" ? {} : { plant };
      states += (await exploreStores({ program: name, depth, ...numbers, ...planted, onLevel })).states;
    } catch (error) {
      if (!(error instanceof StoreCounterexample)) throw error;
      violations++;
      console.log(`${name}: ${error.message}`);
    }
  }
  console.log(`${states} states, ${violations} violations`);
  return violations === 0 ? 0 : 1;
}
