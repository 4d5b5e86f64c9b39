// The house, as data: which folder of src may import which, and where the world outside may enter.
// dependency-cruiser and ESLint both read this table.

const ground = ["bytes", "errors"];
const below = ["crypto", "ports", ...ground];

/** Beside itself, a folder imports from these. Every row has its folder, every folder its row (test/house/layer-table.test.ts). */
export const layers = {
  errors: [],
  bytes: ["errors"],
  ports: ground,
  crypto: ground,
  noise: ["crypto", ...ground],
  record: ["noise", "crypto", ...ground],
  session: ["record", "noise", ...below],
  streams: ground,
  outbox: ground,
  attach: ["ports", ...ground],
  persistence: ["outbox", "session", ...below],
  manager: ["persistence", "outbox", "session", "streams", "attach", "record", "noise", ...below],
  stores: ["ports", ...ground],
  transports: ["attach", "ports", ...ground],
};

/** Wiring: files directly in src, and the folders that put the parts together. They import anything. */
export const wiring = ["cli", "testing"];

/** The files that need Node (or what behaves like it): `node:` modules, Buffer, process. The rest runs in a browser. */
export const nodeFiles = [
  "src/cli/**/*.ts",
  "src/crypto/node-*.ts",
  "src/transports/tcp*.ts",
  "src/stores/lmdb-*.ts",
  "src/transports/*-node.ts",
  "src/transports/websocket-server*.ts",
  "src/manager/*-node.ts",
  "src/identity-file.ts",
  "src/node-*.ts",
];

/** The files where time enters: everything else takes an Instant or a Clock. */
export const clockFiles = [
  "src/cli/**/*.ts",
  "src/transports/*.ts",
  "src/stores/*.ts",
  "src/**/system-clock.ts",
];

/** Where npm packages enter the library. */
export const packages = [
  { files: "^src/crypto/(noble-|node-(provider|kem|ml-kem))", packages: "@noble/" },
  { files: "^src/cli/", packages: "(commander|cli-progress|@types/cli-progress)/" },
  { files: "^src/stores/lmdb-", packages: "(lmdb|@lmdb)/" },
  { files: "^src/transports/websocket-", packages: "(ws|@types/ws)/" },
];
