// `npm run docs`: the reference of the public interface, as HTML in reference/. `--check` writes nothing. Either fails where a public item has no
// documentation, where a type that the interface names is not exported, and where TypeDoc warns of anything else.
import { join, relative } from "node:path";
import { Application, ReflectionKind, ReflectionType } from "typedoc";
import { setUpProject, root } from "../../scripts/set-up.mjs";
import { entryPoints } from "./entry-points.mjs";

/** Members whose meaning JavaScript or the platform fixes. */
const isFixed = ({ name, parent }) =>
  /^(\[.*\]|toString|toJSON)$/.test(name) || /Like$/.test(parent?.name) || /Like$/.test(parent?.parent?.name);

const kinds =
  ReflectionKind.ClassOrInterface |
  ReflectionKind.TypeAlias |
  ReflectionKind.Variable |
  ReflectionKind.Property |
  ReflectionKind.GetSignature |
  ReflectionKind.CallSignature;

function* ancestors(reflection) {
  for (let next = reflection.parent; next !== undefined; next = next.parent) yield next;
}

/** What stands in an anonymous type is explained by the item that has that type. */
const isPartOfAnother = reflection =>
  [...ancestors(reflection)].some(({ kind }) =>
    [ReflectionKind.TypeLiteral, ReflectionKind.Parameter].includes(kind),
  );

function isDocumented(reflection) {
  const signatures = reflection.type instanceof ReflectionType ? reflection.type.declaration.signatures : [];
  return [reflection, ...(signatures ?? [])].some(item => item.hasComment());
}

function undocumented(project) {
  return project
    .getReflectionsByKind(kinds)
    .filter(item => project.getSymbolIdFromReflection(item)?.packageName === "bowline")
    .filter(item => !isFixed(item) && !isPartOfAnother(item) && !isDocumented(item))
    .map(item => `${item.getFriendlyFullName()} has no documentation`);
}

setUpProject();
const application = await Application.bootstrap({
  name: "bowline",
  entryPoints: entryPoints.map(({ source }) => source),
  tsconfig: join(root, "tsconfig.build.json"),
  basePath: join(root, "src"),
  readme: "none",
  // The compiler has its own check.
  skipErrorChecking: true,
  // What stands in the types that are made of them.
  intentionallyNotExported: ["closeReasons", "limitNames", "Waiting"],
  excludePrivate: true,
  excludeInternal: true,
  excludeProtected: true,
  disableGit: true,
  disableSources: true,
  validation: { notExported: true, invalidLink: true, rewrittenLink: true, notDocumented: false },
  logLevel: "Warn",
});
const project = await application.convert();
if (project !== undefined) {
  application.validate(project);
  const complaints = [...new Set(undocumented(project))].sort();
  if (complaints.length > 0) process.stdout.write(`${complaints.join("\n")}\n`);
  const clean =
    complaints.length === 0 && !application.logger.hasErrors() && !application.logger.hasWarnings();
  process.exitCode = clean ? 0 : 1;
  if (!process.argv.includes("--check")) {
    const folder = join(root, "reference");
    await application.generateDocs(project, folder);
    process.stdout.write(`The reference is in ${relative(process.cwd(), folder)}/index.html\n`);
  }
} else process.exitCode = 1;
