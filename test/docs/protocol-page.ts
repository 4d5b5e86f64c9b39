import { readFileSync } from "node:fs";
import { parsePage } from "../../scripts/protocol-examples/page.mjs";
import type { Inputs } from "./second-implementation/examples.js";

/** A file of the project as text. */
export const projectFile = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

export const protocolPage = projectFile("docs/PROTOCOL.md");

type Texts = Record<string, Record<string, string>>;

/** The examples as the page has them: label, name, text. */
export const readExamples = (page: string): Texts => parsePage(page);

/** What the page gives and nothing can compute. */
export function readInputs(examples: Texts): Inputs {
  const bytes = (label: string, name: string): Uint8Array => {
    const text = (examples[label]?.[name] ?? "").replaceAll(" ", "");
    if (!/^([0-9a-f]{2})+$/.test(text)) throw new Error(`${label}: ${name} is not there in hexadecimal.`);
    return new Uint8Array(Buffer.from(text, "hex"));
  };
  const key = (name: string): Uint8Array => bytes("keys", name);
  return {
    statics: [key("initiator static secret key"), key("responder static secret key")],
    ephemerals: [key("initiator ephemeral secret key"), key("responder ephemeral secret key")],
    kemSeed: key("KEM seed d"),
    kemMessage: key("KEM message"),
    generationEphemerals: [
      bytes("generation", "initiator ephemeral secret key"),
      bytes("generation", "responder ephemeral secret key"),
    ],
    renewalEphemerals: [
      bytes("renewal", "other end's ephemeral secret key"),
      bytes("renewal", "proposer's ephemeral secret key"),
    ],
    resumptionEphemerals: [
      bytes("resumption", "initiator ephemeral secret key"),
      bytes("resumption", "responder ephemeral secret key"),
    ],
    resumptionNonce: bytes("resumption", "nonce"),
    firstEphemeral: bytes("retry", "first ephemeral secret key"),
    label: bytes("exporter", "label"),
    context: bytes("exporter", "context"),
    salt: bytes("at-rest", "salt"),
  };
}
