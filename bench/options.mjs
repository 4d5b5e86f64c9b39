import { parseArgs } from "node:util";

export const usage = `npm run bench                       every row, and writes bench/RESULTS.md
npm run bench -- NAME...            some rows, and writes nothing
npm run -s bench -- --json NAME...  one JSON object a line on standard output, and nothing else
npm run -s bench:quick              the rows that guard the record path; ends with 1 where one misses its bar

--list           the names of the rows
--rounds N       rounds of a row, instead of its own number
--time MS        milliseconds of a side's turn in a round, instead of the row's own
--sessions N     sessions of the rows about many, instead of 100,000 and 1,000,000`;

/** What the command line asks for cannot be done: the message says what could. */
export class UsageError extends Error {}

function positive(name, text) {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`--${name} takes a whole number from 1, not "${text}".`);
}

const flag = { type: "boolean", default: false };
const number = { type: "string" };

function parse(args) {
  const options = {
    json: flag,
    quick: flag,
    list: flag,
    help: flag,
    rounds: number,
    time: number,
    sessions: number,
  };
  try {
    return parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(error.message, { cause: error });
  }
}

/** The flags, the names, and the settings that stand over the rows' own. @throws UsageError */
export function readOptions(args) {
  const { values, positionals } = parse(args);
  const settings = {};
  for (const name of ["rounds", "time", "sessions"]) {
    const value = positive(name, values[name]);
    if (value !== undefined) settings[name] = value;
  }
  return { ...values, names: positionals, settings };
}

/** The rows of these names, in their own order; all where none is named. @throws UsageError */
export function choose(rows, names) {
  const unknown = names.filter(name => !rows.some(row => row.name === name));
  if (unknown.length > 0)
    throw new UsageError(
      `There is no row ${unknown.join(", ")}. The rows:\n${rows.map(({ name }) => `  ${name}`).join("\n")}`,
    );
  return names.length === 0 ? rows : rows.filter(({ name }) => names.includes(name));
}
