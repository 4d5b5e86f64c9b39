import { describe, expect, it } from "vitest";
import { parseByteSize } from "../../src/cli/byte-size.js";
import { Narrator } from "../../src/cli/demo/narrator.js";
import { failureLine } from "../../src/cli/failure.js";
import { paletteFor, type Terminal } from "../../src/cli/terminal.js";
import { SessionError } from "../../src/index.js";

class Screen implements Terminal {
  readonly isTTY: boolean;
  text = "";

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
  }
}

const pipe = new Screen(false);
const tty = new Screen(true);

describe("colours", () => {
  it.each([
    { on: tty, environment: {}, coloured: true },
    { on: tty, environment: { NO_COLOR: "1" }, coloured: false },
    { on: tty, environment: { NO_COLOR: "1", FORCE_COLOR: "1" }, coloured: false },
    { on: tty, environment: { NO_COLOR: "" }, coloured: true },
    { on: tty, environment: { TERM: "dumb" }, coloured: false },
    { on: tty, environment: { FORCE_COLOR: "0" }, coloured: false },
    { on: pipe, environment: {}, coloured: false },
    { on: pipe, environment: { FORCE_COLOR: "1" }, coloured: true },
  ])("with $environment on a terminal ($on.isTTY): $coloured", ({ on, environment, coloured }) => {
    expect(paletteFor(on, environment).red("x")).toBe(coloured ? "\x1b[31mx\x1b[39m" : "x");
  });
});

describe("the narrator", () => {
  const tellProgress = (screen: Screen): string => {
    const narrator = new Narrator(screen, paletteFor(pipe, {}));
    for (let i = 1; i <= 8; i++) {
      narrator.progress("listener", i / 8, `${i} of 8`);
      if (i === 3) narrator.say("dialer", "speaks");
    }
    return screen.text.replaceAll(/ +\d+\.\d{3} s {2}/g, "");
  };

  it("prints a line for each quarter where the output is no terminal", () => {
    expect(tellProgress(new Screen(false)).split("\n")).toEqual([
      "listener  2 of 8",
      "dialer    speaks",
      "listener  4 of 8",
      "listener  6 of 8",
      "listener  8 of 8",
      "",
    ]);
  });

  it("keeps one line up to date on a terminal, which others take the place of", () => {
    const again = "\r\x1b[2K";
    expect(tellProgress(new Screen(true))).toBe(
      [
        "listener  1 of 8",
        "listener  2 of 8",
        "listener  3 of 8",
        "dialer    speaks\nlistener  4 of 8",
        "listener  5 of 8",
        "listener  6 of 8",
        "listener  7 of 8",
        "listener  8 of 8\n",
      ].join(again),
    );
  });
});

describe("a failure", () => {
  it.each([
    [new Error("two\nlines\tand \x1b[31mred"), "bowline: two lines and [31mred\n"],
    [new Error(""), "bowline: It failed, and gave no reason.\n"],
    ["no error", "bowline: It failed, and gave no reason.\n"],
    [
      new SessionError("identity-file-missing", "There is none."),
      "bowline: There is none. bowline keygen --out FILE makes one.\n",
    ],
  ])("is one line: %s", (error, line) => {
    expect(failureLine(error)).toBe(line);
  });

  it("is no longer than a person reads", () => {
    expect(failureLine(new Error("x".repeat(10_000))).length).toBeLessThan(650);
  });
});

describe("a size in bytes", () => {
  it.each([
    ["1", 1],
    ["4096", 4096],
    ["64KiB", 65_536],
    ["1 MiB", 1_048_576],
    ["64GiB", 64 * 2 ** 30],
  ])("%s is %d", (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });

  it.each(["", "0", "-1", "1.5MiB", "1MB", "65GiB", "1e6", "MiB", "99999999999GiB"])("refuses %s", text => {
    expect(() => parseByteSize(text)).toThrow("Give a number of bytes");
  });
});
