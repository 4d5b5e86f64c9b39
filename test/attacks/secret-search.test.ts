import { describe, expect, it } from "vitest";
import { Secret } from "../../src/bytes/index.js";
import { seededRandom } from "../session/machine-pair.js";
import { printed, SecretSearch } from "./secret-search.js";

describe("the search itself", () => {
  const secret = seededRandom(3)(32);
  const search = new SecretSearch();
  search.add("it", secret);
  const part = secret.subarray(5, 20);
  const buffer = Buffer.from(part);

  it.each([
    ["hexadecimal", buffer.toString("hex")],
    ["hexadecimal in capitals", buffer.toString("hex").toUpperCase()],
    ["hexadecimal inside other digits", `abc${buffer.toString("hex")}f`],
    ["a Buffer", printed(buffer)],
    ["a Uint8Array", printed(part)],
    ["a nested array", printed({ a: [{ b: part }] })],
    ["an array", JSON.stringify([...part])],
    ["a Uint8Array as JSON", JSON.stringify(part)],
    ["base64", buffer.toString("base64")],
    ["base64 inside other letters", `xy${buffer.toString("base64")}`],
    ["base64url", buffer.toString("base64url")],
    ["latin1", buffer.toString("latin1")],
    [
      "a private key as a field",
      printed(
        new (class {
          readonly key = part;
        })(),
      ),
    ],
    [
      "a getter",
      printed({
        get key() {
          return part;
        },
      }),
    ],
    ["the cause of an error", printed(new Error("x", { cause: { part } }))],
    ["a key of a map", printed(new Map([[part, 1]]))],
  ])("X45 finds %s", (_name, text) => {
    expect(search.findIn(text)).toEqual(["it"]);
  });

  it("X45 finds nothing where there is nothing", () => {
    expect(search.findIn(printed(seededRandom(4)(64)))).toEqual([]);
    expect(search.findIn(printed(Secret.copy(secret)))).toEqual([]);
  });
});
