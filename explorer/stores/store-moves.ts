import { check } from "../violation.js";
import type { Answer } from "./parked-store.js";
import type { ProcessNode, ProcessRunner } from "./process-node.js";
import { checkReports, checkWrite } from "./store-checks.js";
import { live, written, type StoreWorld } from "./store-world.js";

/**
 * What happens to an operation. `ok`: it is carried out and answered. `fail`: it is not, and the answer is an error. `lose`: it is, and the answer is
 * an error. `late`: the answer is an error, and it may be carried out at any time later. The crashes: the process ends before it is carried out, after
 * it, or with the operation under way.
 */
export type Fate = "ok" | "fail" | "lose" | "late" | "crash-before" | "crash-after" | "crash-late";
export type StoreMove =
  | { readonly kind: "operation"; readonly process: number; readonly index: number; readonly fate: Fate }
  | { readonly kind: "land"; readonly index: number }
  | { readonly kind: "restart"; readonly process: number }
  | { readonly kind: "expire" };

const faults: readonly Fate[] = ["fail", "lose", "late"];
const crashes: readonly Fate[] = ["crash-before", "crash-after", "crash-late"];
/** What is carried out at once. */
const carriedOut: ReadonlySet<Fate> = new Set<Fate>(["ok", "lose", "crash-after"]);

/** All that can happen next; `expiry`: also that time passes. */
export function movesOf(world: StoreWorld, expiry: boolean): StoreMove[] {
  const moves: StoreMove[] = [];
  world.processes.forEach((runs, process) => {
    const { node, crashed } = runs.at(-1)!;
    if (!crashed)
      node.operations.forEach((operation, index) => {
        const fates: Fate[] = ["ok"];
        const write = operation.kind === "write";
        if (world.faults > 0) fates.push(...(write ? faults : faults.slice(0, 1)));
        if (world.crashes > 0) fates.push(...(write ? crashes : crashes.slice(0, index === 0 ? 1 : 0)));
        for (const fate of fates) moves.push({ kind: "operation", process, index, fate });
      });
    if ((crashed || node.reports.at(-1)?.what === "failed") && world.restarts > 0)
      moves.push({ kind: "restart", process });
  });
  world.late.forEach((_, index) => moves.push({ kind: "land", index }));
  if (expiry && !world.expired) moves.push({ kind: "expire" });
  return moves;
}

/** How a move reads. */
export function textOfMove(world: StoreWorld, move: StoreMove): string {
  if (move.kind === "expire") return "the claims expire";
  const names = (writes: readonly { readonly name: string }[]): string =>
    writes.map(({ name }) => name).join("+");
  if (move.kind === "land") return `late ${names(world.late[move.index]!.writes)}`;
  const process = "abc"[move.process];
  if (move.kind === "restart") return `${process} starts again`;
  const operation = world.processes[move.process]!.at(-1)!.node.operations[move.index]!;
  const what = operation.kind === "get" ? `get ${operation.name}` : `write ${names(operation.writes)}`;
  return `${process} ${what} ${move.fate}`;
}

/** Makes moves. The world that it is given stays as it is. */
export class StoreMoves {
  readonly #runner: ProcessRunner;

  constructor(runner: ProcessRunner) {
    this.#runner = runner;
  }

  async make(world: StoreWorld, move: StoreMove): Promise<StoreWorld> {
    switch (move.kind) {
      case "expire":
        return { ...world, expired: true };
      case "land": {
        const { writes, fence } = world.late[move.index]!;
        const after = written(world, writes);
        if (after !== undefined) checkWrite(world, writes, fence);
        return {
          ...world,
          ...(after && { held: after.held }),
          late: world.late.filter((_, index) => index !== move.index),
        };
      }
      case "restart": {
        const runs = world.processes[move.process]!;
        const node = await this.#runner.start(move.process, runs.length);
        const processes = replaced(world.processes, move.process, [...runs, { node, crashed: false }]);
        return { ...world, restarts: world.restarts - 1, processes };
      }
      case "operation":
        return this.#operation(world, move);
    }
  }

  async #operation(
    world: StoreWorld,
    { process, index, fate }: Extract<StoreMove, { readonly kind: "operation" }>,
  ): Promise<StoreWorld> {
    const runs = world.processes[process]!;
    const { node } = runs.at(-1)!;
    const operation = node.operations[index]!;
    let { held, late } = world;
    let answer: Answer = { kind: "error", code: "store-failed" };
    if (operation.kind === "get") {
      const value = live(world, operation.name);
      if (fate === "ok")
        answer = {
          kind: "value",
          value: value && { bytes: value.bytes, version: String(value.count) },
        };
    } else if (carriedOut.has(fate)) {
      const after = written(world, operation.writes);
      if (after === undefined) answer = { kind: "error", code: "store-conflict" };
      else {
        checkWrite(world, operation.writes, node.fence);
        held = after.held;
        if (fate === "ok") answer = { kind: "versions", versions: after.versions };
      }
    } else if (fate === "late" || fate === "crash-late") {
      late = [...late, { writes: operation.writes, fence: node.fence }];
    }
    const crash = crashes.includes(fate);
    const next = crash ? node : await this.#runner.answered(node, process, runs.length - 1, index, answer);
    const after: StoreWorld = {
      ...world,
      held,
      late,
      faults: world.faults - (faults.includes(fate) ? 1 : 0),
      crashes: world.crashes - (crash ? 1 : 0),
      processes: replaced(world.processes, process, [...runs.slice(0, -1), { node: next, crashed: crash }]),
    };
    this.#check(after, node, next);
    return after;
  }

  #check(after: StoreWorld, before: ProcessNode, next: ProcessNode): void {
    if (next === before) return;
    checkReports(after, before.reports.length, next);
    check(next.reports.length < 100, "a process never comes to an end");
  }
}

function replaced<Item>(items: readonly Item[], index: number, item: Item): readonly Item[] {
  return items.map((present, i) => (i === index ? item : present));
}
