import type { ExpectedVersion, StoreWrite } from "../../src/ports/index.js";
import { textDigest } from "../toy-hash.js";
import type { ProcessNode } from "./process-node.js";
import { hex } from "./process-node.js";
import { expiresAt } from "./programs.js";

/** What stands under a name, and how many times the name was written: its version. */
interface Held {
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly expiresAt: number;
  /** All of it, for digests. */
  readonly text: string;
}

/** A write that was said to have failed, and may still take place. */
interface LateWrite {
  readonly writes: readonly StoreWrite[];
  /** The fence that its process held. */
  readonly fence: bigint | undefined;
}

/** One start of a process. */
export interface Run {
  readonly node: ProcessNode;
  readonly crashed: boolean;
}

export interface StoreWorld {
  readonly held: ReadonlyMap<string, Held>;
  /** The store's clock has passed the end of the claims. */
  readonly expired: boolean;
  readonly late: readonly LateWrite[];
  /** Every start of each process; the last one may be running. */
  readonly processes: readonly (readonly Run[])[];
  /** What may still go wrong. */
  readonly faults: number;
  readonly crashes: number;
  readonly restarts: number;
}

/** What decides the future, and what was said so far. */
export function digest(world: StoreWorld): string {
  const held = Array.from(world.held.values(), ({ text }) => text).sort();
  const processes = world.processes.map(runs =>
    // Of one that has ended, only what it has said: how it came to it makes no difference.
    runs.map(({ node, crashed }) => (node.ended || crashed ? said(node, crashed) : node.id)).join(">"),
  );
  const late = world.late
    .map(({ writes, fence }) => `${fence}${writes.map(write => textOfWrite(write)).join("+")}`)
    .sort();
  const { faults, crashes, restarts, expired } = world;
  return textDigest([held, processes, late, faults, crashes, restarts, expired].join("|"));
}

const sayings = new WeakMap<ProcessNode, string>();

function said(node: ProcessNode, crashed: boolean): string {
  let text = sayings.get(node);
  if (text === undefined) {
    text = node.reports.map(report => Object.values(report).join(":")).join();
    sayings.set(node, text);
  }
  return crashed ? `${text}!` : text;
}

function textOfWrite(write: StoreWrite): string {
  return `${write.kind} ${write.name}#${write.expected}${write.kind === "put" ? hex(write.bytes) : ""}`;
}

/** What stands under `name` now. */
export function live(world: StoreWorld, name: string): Held | undefined {
  const held = world.held.get(name);
  return held !== undefined && world.expired && held.expiresAt <= expiresAt ? undefined : held;
}

/** The store after `writes`, and their versions; undefined where they conflict. */
export function written(
  world: StoreWorld,
  writes: readonly StoreWrite[],
): { readonly held: ReadonlyMap<string, Held>; readonly versions: readonly ExpectedVersion[] } | undefined {
  for (const { name, expected } of writes) {
    const present = live(world, name);
    if ((present && String(present.count)) !== expected) return undefined;
  }
  const held = new Map(world.held);
  const versions = writes.map(write => {
    if (write.kind !== "put") return write.expected;
    const count = (held.get(write.name)?.count ?? 0) + 1;
    const { name, bytes, expiresAt: expires = Infinity } = write;
    held.set(name, { count, bytes, expiresAt: expires, text: `${name}#${count}=${hex(bytes)}` });
    return String(count);
  });
  return { held, versions };
}
