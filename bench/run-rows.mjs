// The process that measures one row, or the few that share what they have built: told by its parent which, it sends each result.
// `node --cpu-prof bench/run-rows.mjs NAME` measures one by itself, for a profile.
import { Missing } from "./measure.mjs";
import { defaults, rows } from "./rows.mjs";
import { summary } from "./summary.mjs";

const [names, settings = "{}"] = process.argv.slice(2);
const tell = process.send === undefined ? result => console.log(result) : result => process.send(result);

for (const name of names.split(",")) {
  const row = rows.find(candidate => candidate.name === name);
  const { rounds = defaults.rounds, time = defaults.time } = row;
  try {
    const { pairs, ...told } = await row.measure({ rounds, time, ...JSON.parse(settings) });
    tell({ ...summary(row, pairs), ...told });
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    tell({ name, missing: error.message });
  }
}
process.disconnect?.();
