import { option } from "./option.js";
import { exploreSessions } from "./sessions-main.js";
import { exploreStoresFromCommand } from "./stores/stores-main.js";

const what = option("what", "sessions", ["sessions", "stores"]);
if (what === "sessions") process.exitCode = exploreSessions();
else void exploreStoresFromCommand().then(status => (process.exitCode = status));
