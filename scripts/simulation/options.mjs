// Command-line options of the simulator.

/** Reads `--name value` pairs; every name must be one of `defaults`, every value a number above 0. */
export function numberOptions(args, defaults) {
  const options = { ...defaults };
  for (let i = 0; i < args.length; i += 2) {
    const name = args[i].replace(/^--/, "");
    const value = Number(args[i + 1]);
    if (!args[i].startsWith("--") || !(name in defaults))
      throw new Error(`Unknown option ${args[i]}: use --${Object.keys(defaults).join(", --")}.`);
    if (!(value > 0)) throw new Error(`--${name} takes a number above 0, not ${args[i + 1]}.`);
    options[name] = value;
  }
  return options;
}
