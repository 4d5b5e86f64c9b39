import type { Palette, Terminal } from "../terminal.js";

/** Who a line is about. */
export type Speaker = "dialer" | "listener" | "proxy" | "courier";

/** Tells a person what happens, as it happens: one line for each thing, with the time since the start. */
export class Narrator {
  readonly #terminal: Terminal;
  readonly #palette: Palette;
  readonly #begin = performance.now();
  readonly #speakers: Readonly<Record<Speaker, string>>;
  #quarter = 0;
  /** A line that the next one overwrites. */
  #isOpen = false;

  constructor(terminal: Terminal, palette: Palette) {
    this.#terminal = terminal;
    this.#palette = palette;
    this.#speakers = {
      dialer: palette.cyan("dialer  "),
      listener: palette.green("listener"),
      proxy: palette.yellow("proxy   "),
      courier: palette.yellow("courier "),
    };
  }

  heading(text: string): void {
    this.#write(`\n${this.#palette.bold(text)}\n`);
  }

  say(who: Speaker, text: string): void {
    this.#write(`${this.#line(who, text)}\n`);
  }

  lines(lines: readonly string[]): void {
    this.#write(lines.map(line => `${line}\n`).join(""));
  }

  /** How far something is: one line that changes on a terminal, a line at each quarter elsewhere. */
  progress(who: Speaker, part: number, text: string): void {
    if (this.#terminal.isTTY === true) {
      this.#write(this.#line(who, text));
      this.#isOpen = part < 1;
      if (!this.#isOpen) this.#terminal.write("\n");
      return;
    }
    const quarter = Math.floor(part * 4);
    if (quarter > this.#quarter) this.say(who, text);
    this.#quarter = quarter;
  }

  #line(who: Speaker, text: string): string {
    const seconds = ((performance.now() - this.#begin) / 1000).toFixed(3).padStart(7);
    return `${this.#palette.dim(`${seconds} s`)}  ${this.#speakers[who]}  ${text}`;
  }

  #write(text: string): void {
    this.#terminal.write(this.#isOpen ? `\r\x1b[2K${text}` : text);
    this.#isOpen = false;
  }
}
