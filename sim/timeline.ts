/** Something that happens at a time, unless it is cancelled. */
export interface Task {
  readonly time: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** Virtual time, in milliseconds: what is to happen, in order. Nothing happens between two tasks but what the first has led to. */
export class Timeline {
  readonly #heap: Task[] = [];
  #now = 0;
  #order = 0;
  #live = 0;

  get now(): number {
    return this.#now;
  }

  /** Tasks that are to come. */
  get pending(): number {
    return this.#live;
  }

  at(time: number, run: () => void): Task {
    const task = { time: Math.max(time, this.#now), order: this.#order++, run };
    this.#push(task);
    this.#live++;
    return task;
  }

  after(delay: number, run: () => void): Task {
    return this.at(this.#now + delay, run);
  }

  cancel(task: Task | undefined): void {
    if (task?.run === undefined) return;
    task.run = undefined;
    this.#live--;
  }

  /** Runs the next task that is due by `end`. False where there is none: then it is `end`. */
  step(end: number): boolean {
    for (;;) {
      const task = this.#heap[0];
      if (task === undefined || task.time > end) {
        this.#now = Math.max(this.#now, end);
        return false;
      }
      this.#pop();
      const { run } = task;
      if (run === undefined) continue;
      this.#now = task.time;
      task.run = undefined;
      this.#live--;
      run();
      return true;
    }
  }

  #push(task: Task): void {
    const heap = this.#heap;
    let index = heap.push(task) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(task, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = task;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(a: Task, b: Task): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
