import { fromUtf8 } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import type { SchemaInput, SchemaOutput, StandardIssue, StandardSchema } from "./standard-schema.js";

/** Places that an error names at most. */
const maxPaths = 8;

/** JSON of `value`, which the schema accepts as it is: the far end's schema is given the same. @throws message-invalid */
export async function encodeJson<Schema extends StandardSchema>(
  schema: Schema | undefined,
  value: SchemaInput<Schema>,
  what: string,
): Promise<string> {
  if (schema !== undefined) await validated(schema, value, what);
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw invalid(what, "cannot be said in JSON");
  return text;
}

/** What the schema makes of JSON. @throws message-invalid */
export async function decodeJson<Schema extends StandardSchema>(
  schema: Schema,
  bytes: Uint8Array,
  what: string,
): Promise<SchemaOutput<Schema>> {
  let value: unknown;
  try {
    value = JSON.parse(fromUtf8(bytes));
  } catch {
    // What the parser says quotes the text.
    throw invalid(what, "is not JSON");
  }
  return validated(schema, value, what);
}

async function validated<Schema extends StandardSchema>(
  schema: Schema,
  value: unknown,
  what: string,
): Promise<SchemaOutput<Schema>> {
  const result = await schema["~standard"].validate(value);
  if ("value" in result && result.issues === undefined) return result.value;
  throw invalid(what, `does not fit its schema at ${places(result.issues ?? [])}`);
}

/** Where the issues are: never what they say, which may quote the value. */
function places(issues: readonly StandardIssue[]): string {
  const paths = [...new Set(issues.map(placeOf))];
  const more = paths.length - maxPaths;
  return paths.slice(0, maxPaths).join(", ") + (more > 0 ? ` and ${more} more places` : "");
}

function placeOf({ path = [] }: StandardIssue): string {
  const keys = path.map(step => String(typeof step === "object" ? step.key : step));
  return keys.length === 0 ? "its root" : keys.join(".");
}

function invalid(what: string, how: string): SessionError<"message-invalid"> {
  return new SessionError("message-invalid", `The ${what} ${how}.`);
}
