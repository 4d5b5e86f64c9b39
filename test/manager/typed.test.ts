import { inspect } from "node:util";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { typed, typedRequest, typedRespond } from "../../src/manager/index.js";
import { tcpPair } from "./stream-support.js";

const schemas = {
  zod: z.object({ name: z.string(), age: z.number().int() }),
  valibot: v.object({ name: v.string(), age: v.pipe(v.number(), v.integer()) }),
  arktype: type({ name: "string", age: "number.integer" }),
};

describe.each(Object.entries(schemas))("typed messages of %s", (_, schema) => {
  it("are validated at both ends, and say where they do not fit, never what they are", async () => {
    const { alice, bob } = await tcpPair();
    const [near, far] = [
      typed(alice, { incoming: schema, outgoing: schema }),
      typed(bob, { incoming: schema, outgoing: schema }),
    ];
    const value = { name: "Ada", age: 36 };
    await near.send(value);
    const got = await far.receive();
    expectTypeOf(got).toEqualTypeOf<{ name: string; age: number } | undefined>();
    expect(got).toEqual(value);

    const wrong = { name: "Ada", age: "hunter2" } as unknown as typeof value;
    const error = await near.send(wrong).catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({
      code: "message-invalid",
      message: expect.stringContaining("age") as string,
    });
    await alice.send(JSON.stringify(wrong));
    const refused = await far.receive().catch((thrown: unknown) => thrown as Error);
    expect(refused).toMatchObject({
      code: "message-invalid",
      message: expect.stringContaining("age") as string,
    });
    await alice.send("not JSON: hunter2");
    const unread = await far.receive().catch((thrown: unknown) => thrown as Error);
    expect(unread).toMatchObject({ code: "message-invalid" });
    for (const told of [error, refused, unread]) expect(inspect(told, { depth: 5 })).not.toContain("hunter2");

    expect((await near.send(value, { until: "acknowledged" })).stage).toBe("acknowledged");
    await alice.close();
    const rest: unknown[] = [];
    for await (const each of far) rest.push(each);
    expect(rest).toEqual([value]);
  });

  it("and requests are validated at both ends", async () => {
    const { alice, bob } = await tcpPair();
    const shape = { request: schema, response: schema };
    typedRespond(bob, "older", shape, ({ name, age }) => ({ name, age: age + 1 }));
    typedRespond(bob, "wrong", shape, () => ({ name: "x" }) as unknown as { name: string; age: number });
    const older = typedRequest(alice, "older", shape);
    expect(await older({ name: "Ada", age: 36 })).toEqual({ name: "Ada", age: 37 });
    expectTypeOf(older).returns.resolves.toEqualTypeOf<{ name: string; age: number }>();
    await expect(older({ name: "Ada" } as never)).rejects.toMatchObject({ code: "message-invalid" });
    await expect(alice.request("older", JSON.stringify({ name: "hunter2" }))).rejects.toMatchObject({
      code: "request-failed",
      cause: { code: "message-invalid", message: expect.not.stringContaining("hunter2") as string },
    });
    await expect(typedRequest(alice, "wrong", shape)({ name: "Ada", age: 1 })).rejects.toMatchObject({
      code: "request-failed",
    });
  });
});

describe("typed messages", () => {
  it("are transformed where they are received, and may go out unlooked at", async () => {
    const { alice, bob } = await tcpPair();
    const incoming = z.object({ at: z.string().transform(text => new Date(text)) });
    const far = typed(bob, { incoming });
    await typed(alice, { incoming, outgoing: incoming }).send({ at: "2026-11-24T00:00:00Z" });
    await typed(alice, { incoming }).send({ at: "1970-01-01T00:00:00Z" });
    expect((await far.receive())?.at).toEqual(new Date("2026-11-24T00:00:00Z"));
    expect((await far.receive())?.at.getTime()).toBe(0);
    await expect(typed(alice, { incoming }).send(undefined)).rejects.toMatchObject({
      code: "message-invalid",
    });
  });

  it("name eight places at most", async () => {
    const { alice } = await tcpPair();
    const keys = Array.from({ length: 12 }, (_, i) => [`k${i}`, z.string()] as const);
    const outgoing = z.object(Object.fromEntries(keys));
    await expect(typed(alice, { incoming: z.any(), outgoing }).send({})).rejects.toMatchObject({
      message: expect.stringMatching(/k0, .*k7 and 4 more places/) as string,
    });
  });
});
