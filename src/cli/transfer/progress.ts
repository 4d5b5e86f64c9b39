import { SingleBar } from "cli-progress";

/** How transfers come along, on a terminal: a bar for one of them at a time. Elsewhere it shows nothing. */
export class Progress {
  readonly #shown: boolean;
  #bar: SingleBar | undefined;

  constructor(shown: boolean) {
    this.#shown = shown && process.stderr.isTTY;
  }

  /** Follows one file, of which `from` bytes of `size` are there already. */
  begin(name: string, from: number, size: number): FileProgress {
    if (!this.#shown || this.#bar !== undefined)
      return new FileProgress(undefined, from, size, () => undefined);
    const bar = new SingleBar({
      format: "{name} [{bar}] {percentage}% {done} of {size} {rate}/s {left}",
      barsize: 20,
      stream: process.stderr,
      hideCursor: true,
      emptyOnZero: true,
    });
    const state = {
      done: bytesText(from),
      size: bytesText(size),
      rate: "-",
      left: "",
      name: name.slice(0, 24),
    };
    bar.start(size, from, state);
    this.#bar = bar;
    return new FileProgress(bar, from, size, () => (this.#bar = undefined));
  }

  /** Makes room for a line of text; the bar comes back beneath it. */
  readonly clear = (): void => {
    if (this.#bar !== undefined) process.stderr.write("\r\x1b[K");
  };
}

/** How one file comes along. */
export class FileProgress {
  readonly #bar: SingleBar | undefined;
  readonly #from: number;
  readonly #size: number;
  readonly #onEnd: () => void;
  readonly #begin = performance.now();

  constructor(bar: SingleBar | undefined, from: number, size: number, onEnd: () => void) {
    this.#bar = bar;
    this.#from = from;
    this.#size = size;
    this.#onEnd = onEnd;
  }

  /** Seconds since it began. */
  get seconds(): number {
    return (performance.now() - this.#begin) / 1000;
  }

  update(done: number): void {
    if (this.#bar === undefined) return;
    const rate = (done - this.#from) / Math.max(this.seconds, 0.001);
    this.#bar.update(done, {
      done: bytesText(done),
      rate: bytesText(rate),
      left: rate > 0 ? `${timeText((this.#size - done) / rate)} left` : "",
    });
  }

  end(): void {
    this.#bar?.stop();
    this.#onEnd();
  }
}

/** 1536 as "1.5 KiB". */
export function bytesText(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(Math.floor(Math.log2(Math.max(count, 1)) / 10), units.length - 1);
  const value = count / 2 ** (10 * power);
  return `${power === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${units[power]!}`;
}

/** Seconds as "1:05" or "2:00:00". */
export function timeText(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
