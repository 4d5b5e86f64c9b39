import { SessionError } from "../../src/errors/index.js";
import { check } from "../violation.js";
import { ParkedStore, type Answer, type Operation } from "./parked-store.js";
import { plants, programs, toySeal, type PlantName, type ProgramName, type Report } from "./programs.js";

/** A process after a number of answers. What it does next depends on them alone, so each history is run once. */
export interface ProcessNode {
  readonly id: number;
  readonly parent: ProcessNode | undefined;
  /** Which operation was answered last, and how. */
  readonly last: Answered | undefined;
  /** What waits for the store. */
  readonly operations: readonly Operation[];
  /** All that it has said. */
  readonly reports: readonly Report[];
  /** The number of the fence that it opened last. */
  readonly fence: bigint | undefined;
  readonly ended: boolean;
  readonly children: Map<string, ProcessNode>;
}

interface Answered {
  readonly index: number;
  readonly answer: Answer;
}

interface Live {
  readonly store: ParkedStore;
  readonly reports: Report[];
}

const quiet = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

/** Runs processes, each from its beginning to where it waits, and remembers how it stood. */
export class ProcessRunner {
  readonly #program: ProgramName;
  readonly #plant: PlantName | undefined;
  readonly #roots = new Map<string, ProcessNode>();
  #nodes = 0;

  constructor(program: ProgramName, plant: PlantName | undefined) {
    this.#program = program;
    this.#plant = plant;
  }

  /** Histories that were run. */
  get nodes(): number {
    return this.#nodes;
  }

  /** The process as it stands when it has been started for the `started`th time, and has had no answer. */
  async start(process: number, started: number): Promise<ProcessNode> {
    const key = `${process}.${started}`;
    const known = this.#roots.get(key);
    if (known !== undefined) return known;
    const node = this.#node(undefined, undefined, await this.#begin(process, started));
    this.#roots.set(key, node);
    return node;
  }

  /** The process after one more answer. */
  async answered(
    node: ProcessNode,
    process: number,
    started: number,
    index: number,
    answer: Answer,
  ): Promise<ProcessNode> {
    const key = `${index}:${textOf(answer)}`;
    const known = node.children.get(key);
    if (known !== undefined) return known;
    const live = await this.#begin(process, started);
    for (const last of [...historyOf(node), { index, answer }]) {
      live.store.answer(last.index, last.answer);
      await quiet();
    }
    const child = this.#node(node, { index, answer }, live);
    node.children.set(key, child);
    return child;
  }

  async #begin(process: number, started: number): Promise<Live> {
    const store = new ParkedStore();
    const reports: Report[] = [];
    const around = {
      store,
      seal: toySeal(process, started),
      own: `${"abc"[process]}${started}`,
      report: (report: Report): unknown => reports.push(report),
    };
    programs[this.#program](this.#plant === undefined ? around : plants[this.#plant](around)).then(
      () => reports.push({ what: "ended" }),
      (error: unknown) =>
        reports.push({ what: "failed", code: SessionError.is(error) ? error.code : String(error) }),
    );
    await quiet();
    return { store, reports };
  }

  #node(parent: ProcessNode | undefined, last: Answered | undefined, { store, reports }: Live): ProcessNode {
    const ended = reports.some(({ what }) => what === "ended" || what === "failed");
    const { operations } = store;
    check(ended || operations.length > 0, "a process waits for nothing, for ever");
    const fence = reports.reduce<bigint | undefined>(
      (held, report) => (report.what === "opened" ? report.fence : held),
      undefined,
    );
    return {
      id: this.#nodes++,
      parent,
      last,
      operations: ended ? [] : operations,
      reports: [...reports],
      fence,
      ended,
      children: new Map(),
    };
  }
}

function historyOf(node: ProcessNode): readonly Answered[] {
  const history: Answered[] = [];
  for (let at: ProcessNode | undefined = node; at?.last !== undefined; at = at.parent)
    history.unshift(at.last);
  return history;
}

function textOf(answer: Answer): string {
  if (answer.kind === "error") return answer.code;
  if (answer.kind === "versions") return answer.versions.join();
  return answer.value === undefined ? "-" : `${answer.value.version}=${hex(answer.value.bytes)}`;
}

/** For keys of maps. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}
