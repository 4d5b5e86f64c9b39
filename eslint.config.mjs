import { globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";
import { clockFiles, nodeFiles } from "./layers.mjs";

const ambientTimeAndChance = [
  ["Date", "now"],
  ["performance", "now"],
  ["Math", "random"],
].map(([object, property]) => ({
  object,
  property,
  message: "Time and randomness are parameters: an Instant, a Clock, a RandomSource.",
}));

const throughGlobalThis = [
  "process",
  "Buffer",
  "console",
  "performance",
  "setTimeout",
  "setInterval",
  "setImmediate",
].map(property => ({
  object: "globalThis",
  property,
  message: "By its plain name, so that the rules see it.",
}));

const ambientGlobals = ["setTimeout", "setInterval", "setImmediate", "performance"].map(name => ({
  name,
  message: "Timers belong to the owner of the Clock.",
}));

const nodeGlobals = ["Buffer", "process", "global", "__dirname", "__filename", "require"].map(name => ({
  name,
  message: "This file runs in a browser: what needs Node stands in the files of layers.mjs.",
}));

/**
 * What the scripts may name without importing it.
 *
 * @type {Record<string, "readonly">}
 */
const scriptGlobals = {
  Buffer: "readonly",
  TextDecoder: "readonly",
  TextEncoder: "readonly",
  Response: "readonly",
  URL: "readonly",
  console: "readonly",
  performance: "readonly",
  process: "readonly",
};

const consoleGlobal = {
  name: "console",
  message: "The library prints nothing: events and errors say what happens.",
};

const noTypeTricks = [
  { selector: "TSEnumDeclaration", message: "A union of literals, not an enum." },
  { selector: "TSModuleDeclaration[kind='namespace']", message: "A module, not a namespace." },
  { selector: "TSParameterProperty", message: "Assign the parameter to a #field." },
];

export default tseslint.config(
  globalIgnores([
    "dist/",
    ".dist-*/",
    "coverage/",
    "reference/",
    "kernel/assembly/",
    "src/crypto/kernel-bytes.ts",
    "**/node_modules/",
  ]),
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/ban-ts-comment": ["error", { "ts-expect-error": "allow-with-description" }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/only-throw-error": "error",
      "@typescript-eslint/prefer-readonly": "error",
      eqeqeq: ["error", "always"],
      "no-restricted-syntax": ["error", ...noTypeTricks],
    },
  },
  {
    files: ["src/**/*.ts"],
    rules: {
      "@typescript-eslint/ban-ts-comment": ["error", { "ts-expect-error": true }],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-restricted-syntax": [
        "error",
        ...noTypeTricks,
        {
          selector:
            "AwaitExpression:not(:function AwaitExpression), ForOfStatement[await=true]:not(:function ForOfStatement)",
          message: "No top-level await: the package is loadable by require.",
        },
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: "Time is a parameter: an Instant or a Clock.",
        },
      ],
      "no-restricted-properties": ["error", ...ambientTimeAndChance, ...throughGlobalThis],
      "no-restricted-globals": ["error", ...ambientGlobals, ...nodeGlobals, consoleGlobal],
    },
  },
  {
    // The simulator runs in virtual time, under one seed; it yields to the event loop by setImmediate only.
    files: ["sim/**/*.ts"],
    rules: {
      "no-restricted-properties": ["error", ...ambientTimeAndChance, ...throughGlobalThis],
      "no-restricted-globals": ["error", ...ambientGlobals.filter(({ name }) => name !== "setImmediate")],
    },
  },
  {
    files: nodeFiles,
    rules: { "no-restricted-globals": ["error", ...ambientGlobals, consoleGlobal] },
  },
  {
    files: clockFiles,
    rules: {
      "no-restricted-properties": "off",
      "no-restricted-globals": ["error", ...nodeGlobals, consoleGlobal],
    },
  },
  {
    files: nodeFiles.flatMap(node => clockFiles.map(clock => [node, clock])),
    rules: { "no-restricted-globals": "off" },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      // A test hands wrong values to what is under test, and asserts on what it got.
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/require-await": "off",
    },
  },
  {
    files: ["**/*.mjs", "**/*.js"],
    languageOptions: { ecmaVersion: "latest", sourceType: "module", globals: scriptGlobals },
    rules: {
      "no-undef": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "prefer-const": "error",
      eqeqeq: ["error", "always"],
    },
  },
);
