// The house, as data: which folder of src may import which, and where the world outside may enter.
// dependency-cruiser and ESLint both read this table.

const ground = ["bytes", "errors"];
const below = ["crypto", "ports", ...ground];
const middle = ["record", "ratchet", "noise", ...below];

/** Beside itself, a folder imports from these. */
export const layers = {
  errors: [],
  bytes: ["errors"],
  ports: ground,
  crypto: ground,
  noise: ["crypto", ...ground],
  ratchet: ["crypto", ...ground],
  devices: ["crypto", ...ground],
  record: ["noise", "crypto", ...ground],
  tickets: below,
  session: middle,
  manager: ["session", "tickets", "devices", ...middle],
  stores: ["ports", ...ground],
  transports: ["ports", ...ground],
  telemetry: ["ports", ...ground],
};

/** Wiring: files directly in src, and the folders that put the parts together. They import anything. */
export const wiring = ["cli", "testing"];

/** The files that need Node (or what behaves like it): `node:` modules, Buffer, process. The rest runs in a browser. */
export const nodeFiles = [
  "src/cli/**/*.ts",
  "src/crypto/node-*.ts",
  "src/transports/tcp*.ts",
  "src/transports/tcp/**/*.ts",
  "src/stores/file*.ts",
  "src/identity-file.ts",
];

/** The files where time enters: everything else takes an Instant or a Clock. */
export const clockFiles = ["src/cli/**/*.ts", "src/transports/*.ts", "src/**/system-clock.ts"];

/** Where npm packages enter the library. */
export const packages = [
  { files: "^src/crypto/(noble-|node-(provider|kem|ml-kem))", packages: "@noble/" },
  { files: "^src/cli/", packages: "commander/" },
];
