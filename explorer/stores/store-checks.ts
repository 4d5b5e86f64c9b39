import type { StoreWrite } from "../../src/ports/index.js";
import { check } from "../violation.js";
import type { ProcessNode } from "./process-node.js";
import { names, type Report } from "./programs.js";
import { live, type StoreWorld } from "./store-world.js";

/** Before a write of somebody who held `fence` takes place: nobody has opened a newer one. */
export function checkWrite(
  world: StoreWorld,
  writes: readonly StoreWrite[],
  fence: bigint | undefined,
): void {
  if (fence === undefined) return;
  for (const { kind, name } of writes) {
    if (kind !== "put" || !(name.startsWith("row/") || name === names.lease)) continue;
    const present = fenceIn(world);
    check(present === fence, `${name} is written under fence ${fence}, when ${present} has been opened`);
  }
}

/** After `node` has said more than `before` had: it agrees with what all have said, and with what is stored. */
export function checkReports(world: StoreWorld, before: number, node: ProcessNode): void {
  const all = world.processes.flatMap(runs => runs.flatMap(run => run.node.reports));
  for (const report of node.reports.slice(before)) {
    const same = all.filter(other => textOf(other) === textOf(report)).length;
    if (report.what === "counter") check(same === 1, `counter ${report.counter} is handed out twice`);
    if (report.what === "opened") {
      check(same === 1, `two hold fence ${report.fence}`);
      const present = fenceIn(world);
      check(
        present !== undefined && present >= report.fence,
        `fence ${report.fence} is held, and is not stored`,
      );
    }
    if (report.what === "claimed") check(same === 1, "two believe that the claim is theirs");
    if (report.what === "written")
      check(live(world, report.name) !== undefined, `${report.name} was acknowledged, and is not there`);
    if (report.what === "refused")
      check(live(world, report.name) === undefined, `${report.name} was refused, and is there`);
  }
}

/** Where nothing went wrong, and all have ended: somebody got everything, and the claim is somebody's. */
export function checkOutcome(world: StoreWorld): void {
  const ends = world.processes.map(runs => runs.at(-1)!.node.reports);
  check(
    ends.some(reports => reports.at(-1)!.what === "ended"),
    "nothing went wrong, and nobody came through",
  );
  const said = (what: Report["what"]): number => ends.flat().filter(report => report.what === what).length;
  if (said("claimed") + said("not-claimed") > 0 && !world.expired)
    check(said("claimed") === 1, "nothing went wrong, and the claim is nobody's");
}

function fenceIn(world: StoreWorld): bigint | undefined {
  const held = live(world, names.fence);
  return held && new DataView(held.bytes.buffer, held.bytes.byteOffset).getBigUint64(0);
}

function textOf(report: Report): string {
  return Object.values(report).join(":");
}
