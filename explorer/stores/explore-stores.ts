import { check, Violation } from "../violation.js";
import { ProcessRunner } from "./process-node.js";
import type { PlantName, ProgramName } from "./programs.js";
import { checkOutcome } from "./store-checks.js";
import { movesOf, StoreMoves, textOfMove, type StoreMove } from "./store-moves.js";
import { digest, type Run, type StoreWorld } from "./store-world.js";

export interface StoreExploration {
  readonly program: ProgramName;
  readonly processes: number;
  /** Moves; beyond, each world is followed until all have ended. Infinity: everything. */
  readonly depth: number;
  /** How many writes go wrong, processes crash, and processes are started again, at most. */
  readonly faults: number;
  readonly crashes: number;
  readonly restarts: number;
  readonly plant?: PlantName;
  readonly onLevel?: (level: StoreLevel) => void;
}

export interface StoreLevel {
  readonly depth: number;
  readonly found: number;
  /** Different worlds so far, moves made, and histories of one process that were run. */
  readonly states: number;
  readonly moves: number;
  readonly histories: number;
  /** Worlds in which nothing more can happen. */
  readonly ended: number;
}

/** What was wrong, and what happened before. */
export class StoreCounterexample extends Error {
  override readonly name = "StoreCounterexample";
}

interface Met {
  readonly world: StoreWorld;
  readonly path: Path | undefined;
}
interface Path {
  readonly before: Path | undefined;
  readonly move: StoreMove;
}

/** Moves of one world, all well, after which everybody must have come to an end. */
const settlingMoves = 500;

/**
 * Breadth first through everything that can happen to a number of processes on one store.
 *
 * @throws StoreCounterexample
 */
export async function exploreStores(options: StoreExploration): Promise<StoreLevel> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await breadthFirst(options);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

async function breadthFirst(options: StoreExploration): Promise<StoreLevel> {
  const { depth, onLevel, faults, crashes } = options;
  const search = await Search.begin(options);
  const { start, runner } = search;
  const known = new Set([digest(start)]);
  let [made, ended] = [0, 0];
  let frontier: Met[] = [{ world: start, path: undefined }];
  let level: StoreLevel = { depth: 0, found: 1, states: 1, moves: 0, histories: runner.nodes, ended };
  for (let at = 1; frontier.length > 0 && at <= depth; at++) {
    const next: Met[] = [];
    for (const met of frontier) {
      const { world, path } = met;
      if (isOver(world)) {
        ended++;
        if (world.faults === faults && world.crashes === crashes)
          await search.checked(path, () => checkOutcome(world));
      }
      for (const move of movesOf(world, search.expiry)) {
        const after = await search.move(met, move);
        made++;
        const name = digest(after.world);
        if (known.has(name)) continue;
        known.add(name);
        next.push(after);
      }
    }
    frontier = next;
    const found = next.length;
    level = { depth: at, found, states: known.size, moves: made, histories: runner.nodes, ended };
    onLevel?.(level);
  }
  for (const met of frontier) await search.settle(met);
  return level;
}

class Search {
  readonly start: StoreWorld;
  readonly runner: ProcessRunner;
  readonly expiry: boolean;
  readonly #moves: StoreMoves;

  private constructor(start: StoreWorld, runner: ProcessRunner, expiry: boolean) {
    this.start = start;
    this.runner = runner;
    this.expiry = expiry;
    this.#moves = new StoreMoves(runner);
  }

  static async begin(options: StoreExploration): Promise<Search> {
    const { program, faults, crashes, restarts } = options;
    const runner = new ProcessRunner(program, options.plant);
    const begin = async (_: unknown, process: number): Promise<readonly Run[]> => [
      { node: await runner.start(process, 0), crashed: false },
    ];
    const processes = await Promise.all(Array.from({ length: options.processes }, begin));
    const start = { held: new Map(), expired: false, late: [], processes, faults, crashes, restarts };
    return new Search(start, runner, program === "claims" || program === "everything");
  }

  async move({ world, path }: Met, move: StoreMove): Promise<Met> {
    const way = { before: path, move };
    return { world: await this.checked(way, () => this.#moves.make(world, move)), path: way };
  }

  /** Everybody in turn, all well: all must come to an end. */
  async settle(begin: Met): Promise<void> {
    let met = begin;
    for (let i = 0; !isOver(met.world); i++) {
      await this.checked(met.path, () => check(i < settlingMoves, "a process never comes to an end"));
      const able = movesOf({ ...met.world, faults: 0, crashes: 0, restarts: 0, late: [] }, false);
      met = await this.move(met, able[i % able.length]!);
    }
  }

  async checked<Result>(path: Path | undefined, run: () => Result | Promise<Result>): Promise<Result> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      const schedule = await this.#schedule(path);
      throw new StoreCounterexample(`${error.message}\nafter: ${schedule.join("; ")}`, { cause: error });
    }
  }

  async #schedule(path: Path | undefined): Promise<readonly string[]> {
    const moves: StoreMove[] = [];
    for (let at = path; at !== undefined; at = at.before) moves.unshift(at.move);
    let world = this.start;
    const texts: string[] = [];
    for (const [i, move] of moves.entries()) {
      texts.push(textOfMove(world, move));
      if (i < moves.length - 1) world = await this.#moves.make(world, move);
    }
    return texts;
  }
}

function isOver(world: StoreWorld): boolean {
  return world.processes.every(runs => runs.at(-1)!.crashed || runs.at(-1)!.node.ended);
}
