// The page of results, and the lines of one result.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { cpus, loadavg, platform, release, totalmem } from "node:os";

const figure = value => (value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toFixed(2));
const amount = (value, unit) => `${figure(value)} ${unit}`;

function barText({ value, aim, most }) {
  const aimed = aim === undefined ? "" : `, aim ${aim.toLocaleString("en-US")}`;
  return `at ${most ? "most" : "least"} ${value.toLocaleString("en-US")}${aimed}`;
}

/** What `--json` prints of a result: the bar is a number, and whether the ratio may be above or below it is the row's. */
export function jsonOf({
  name,
  ours = null,
  peer = null,
  unit,
  ratio = null,
  spread = null,
  limit,
  pass = null,
}) {
  return { name, ours, peer, unit, ratio, spread, bar: limit?.value ?? null, pass };
}

/** One line for people. */
export function lineOf(result) {
  const { name, missing, failed, ours, peer, unit, ratio, limit, pass, beside } = result;
  if (missing !== undefined) return `skipped ${name}: ${missing}`;
  if (failed !== undefined) return `FAILED  ${name}: ${failed}`;
  const held = pass === null ? "       " : pass ? "ok     " : "MISSED ";
  const bar = limit === undefined ? "" : ` (${barText(limit)})`;
  return `${held} ${name}: ${figure(ratio)}${bar}: ${amount(ours, unit)} beside ${amount(peer, unit)}, ${beside}`;
}

/** Of the packages that are measured against, as installed. */
function packageVersions() {
  const { dependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
  return Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
}

function programVersions() {
  return [
    ["iperf3", ["--version"], /iperf (\S+)/],
    ["stunnel4", ["-version"], /stunnel (\S+)/],
    ["spiped", ["-v"], /spiped (\S+)/],
    ["redis-server", ["--version"], /v=(\S+)/],
  ].flatMap(([program, args, pattern]) => {
    const { stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
    const version = pattern.exec(`${stdout ?? ""}${stderr ?? ""}`)?.[1];
    return version === undefined ? [] : [`${program} ${version}`];
  });
}

const commit = () =>
  existsSync(new URL("../.git", import.meta.url))
    ? spawnSync("git", ["describe", "--always", "--dirty"], {
        cwd: new URL("..", import.meta.url),
        encoding: "utf8",
      }).stdout?.trim()
    : undefined;

function tableRow(result) {
  const { name, what, beside, missing, failed, ours, peer, unit, ratio, spread, limit, pass } = result;
  if (missing !== undefined || failed !== undefined)
    return `| ${name} | ${what} | | ${beside} | | | | | ${missing === undefined ? "failed" : "skipped"}: ${missing ?? failed} |`;
  const held = pass === null ? "" : pass ? "yes" : "**no**";
  const ratios = [ratio, ...spread].map(value => figure(value));
  return `| ${[
    name,
    what,
    amount(ours, unit),
    beside,
    amount(peer, unit),
    ratios[0],
    `${ratios[1]} to ${ratios[2]}`,
    limit === undefined ? "" : barText(limit),
    held,
  ].join(" | ")} |`;
}

/** `results` of one run; `begin`: its Date; `load`: the load average before it. */
export function page(results, { begin, load, settings }) {
  const notes = results
    .filter(({ note }) => note !== undefined)
    .map(({ name, note }) => `- ${name}: ${note}`);
  const minutes = ((Date.now() - begin.getTime()) / 60_000).toFixed(0);
  const changed = Object.entries(settings).map(([name, value]) => `--${name} ${value}`);
  return `# Results of the benchmarks

\`npm run bench\` writes this page; [README.md](README.md) says how to read it.

- ${begin.toISOString().slice(0, 16).replace("T", " ")} UTC, ${minutes} minutes${changed.length > 0 ? `, with ${changed.join(" ")}` : ""}; bowline ${commit() ?? "without git"}
- ${cpus().length} × ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${release()}; load average before the run ${load.toFixed(2)}, after it ${loadavg()[0].toFixed(2)}
- Node ${process.versions.node}, V8 ${process.versions.v8}, OpenSSL ${process.versions.openssl}; ${programVersions().join(", ") || "no program of the system"}
- ${packageVersions().join(", ")}

| name | what | ours | beside | it | ratio | spread | bar | held |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${results.map(tableRow).join("\n")}

${notes.join("\n")}
`;
}
