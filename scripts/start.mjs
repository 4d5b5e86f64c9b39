// `npm start`: installs, builds, then runs the main job.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensureBuilt } from "./ensure-built.mjs";
import { root, setUpProject } from "./set-up.mjs";

setUpProject();
await ensureBuilt({ progress: true });

const command = join(root, "dist/bin/bowline.js");
const demo = spawnSync(process.execPath, [command, "demo", ...process.argv.slice(2)], { stdio: "inherit" });
process.exitCode = demo.status ?? 1;
