/** Where text goes: standard output, or what a test gives. */
export interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  cyan: [36, 39],
  yellow: [33, 39],
} as const;

export type Paint = (text: string) => string;
export type Palette = Readonly<Record<keyof typeof codes, Paint>>;

/** Colours where a person sees them: on a terminal. NO_COLOR takes them away, FORCE_COLOR brings them anywhere. */
export function paletteFor(terminal: Terminal, environment: Environment): Palette {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0";
  const refused = (NO_COLOR !== undefined && NO_COLOR !== "") || FORCE_COLOR === "0";
  const coloured = !refused && (forced || (terminal.isTTY === true && TERM !== "dumb"));
  const paint = ([on, off]: readonly [number, number]): Paint =>
    coloured ? text => `\x1b[${on}m${text}\x1b[${off}m` : text => text;
  return {
    bold: paint(codes.bold),
    dim: paint(codes.dim),
    red: paint(codes.red),
    green: paint(codes.green),
    cyan: paint(codes.cyan),
    yellow: paint(codes.yellow),
  };
}
