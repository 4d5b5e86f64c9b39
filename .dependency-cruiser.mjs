import { layers, nodeFiles, packages, wiring } from "./layers.mjs";

const folder = name => `^src/${name}/`;
/** A glob of the table as a regular expression: a whole folder, or files of one folder. */
const pattern = glob =>
  glob.endsWith("/**/*.ts")
    ? `^${glob.slice(0, -"**/*.ts".length)}`
    : `^${glob.replaceAll(".", "\\.").replaceAll("*", "[^/]*")}$`;

const layerRules = Object.entries(layers).map(([name, allowed]) => ({
  name: `layer-${name}`,
  comment: `src/${name} imports only from itself and from what stands below it: ${allowed.join(", ") || "nothing"}.`,
  severity: "error",
  from: { path: folder(name) },
  to: { path: "^src/", pathNot: [name, ...allowed].map(folder) },
}));

export default {
  forbidden: [
    ...layerRules,
    {
      name: "known-folder",
      comment: "Every folder of src has a row in the layer table.",
      severity: "error",
      from: { path: "^src/([^/]+)/", pathNot: [...Object.keys(layers), ...wiring].map(folder) },
      to: {},
    },
    {
      name: "no-wiring-from-below",
      comment: "Nothing imports the command or the test instruments, but the wiring itself.",
      severity: "error",
      from: { path: "^src/", pathNot: [...wiring.map(folder), "^src/[^/]+$"] },
      to: { path: wiring.map(folder) },
    },
    {
      name: "no-command-in-library",
      comment: "The command uses the library, never the other way round.",
      severity: "error",
      from: { path: "^src/", pathNot: folder("cli") },
      to: { path: folder("cli") },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-unresolved",
      comment: "The kernel as a file is put beside the others by the build.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "kernel\\.wasm$" },
    },
    {
      name: "through-index",
      comment:
        "Another folder is imported through its index.ts; crypto's providers and the adapters are imported by file.",
      severity: "error",
      from: { path: "^src/([^/]+)/", pathNot: [...wiring.map(folder)] },
      to: {
        path: "^src/[^/]+/",
        pathNot: [
          "^src/$1/",
          "^src/[^/]+/index\\.ts$",
          "^src/crypto/(node|noble)-[^/]+\\.ts$",
          "^src/(stores|transports|telemetry)/",
        ],
      },
    },
    {
      name: "node-where-named",
      comment: "Node's modules enter only in the files named for it: the rest runs in a browser.",
      severity: "error",
      from: { path: "^src/", pathNot: nodeFiles.map(pattern) },
      to: { dependencyTypes: ["core"] },
    },
    ...packages.map(({ files, packages: names }, index) => ({
      name: `package-where-named-${index + 1}`,
      comment: `${names} enters only in ${files}.`,
      severity: "error",
      from: { path: "^src/", pathNot: files },
      to: { path: `(^|/)node_modules/${names}` },
    })),
    {
      name: "no-other-package",
      comment: "No npm package but those of the table.",
      severity: "error",
      from: { path: "^src/" },
      to: {
        path: "(^|/)node_modules/",
        pathNot: ["@types/node/", ...packages.map(row => row.packages)].map(
          name => `(^|/)node_modules/${name}`,
        ),
      },
    },
    {
      name: "not-from-tests",
      comment: "The library imports neither tests nor scripts.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(test|sim|bench|scripts|examples|dist)/" },
    },
  ],
  options: {
    doNotFollow: { path: "^(node_modules|dist)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["node", "import", "types", "default"],
    },
  },
};
