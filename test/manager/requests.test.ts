import { describe, expect, it } from "vitest";
import { RequestError, type RequestContext } from "../../src/manager/index.js";
import { afterwards, digest, someBytes, tcpPair } from "./stream-support.js";
import { connectedPair, FakeClock } from "../../src/testing/index.js";
import { pass, settle } from "./support.js";

const code = (name: string): object => expect.objectContaining({ code: name }) as object;

describe("requests", () => {
  it("are answered, many at a time, each by the handler of its label", async () => {
    const { alice, bob } = await tcpPair();
    bob.respond("add", request => String(request.text().length + 1));
    alice.respond("upper", request => Promise.resolve(request.text().toUpperCase()));
    const adding = Array.from({ length: 100 }, (_, i) => alice.request("add", "x".repeat(i)));
    const replies = await Promise.all(adding);
    expect(replies.map(reply => reply.text())).toEqual(Array.from({ length: 100 }, (_, i) => String(i + 1)));
    expect((await bob.request("upper", "é")).text()).toBe("É");
  });

  it("and replies may be long, up to the limits of both ends", async () => {
    const { alice, bob } = await tcpPair();
    const bytes = someBytes(1_048_576);
    bob.respond("echo", request => request.bytes);
    bob.respond("short", request => request.bytes, { maxRequest: 10 });
    expect(digest((await alice.request("echo", bytes)).bytes)).toBe(digest(bytes));
    await expect(alice.request("echo", bytes, { maxReply: 1_048_575 })).rejects.toEqual(
      code("request-failed"),
    );
    expect((await alice.request("echo", "")).bytes).toHaveLength(0);
    const refused = alice.request("short", someBytes(1_000_000));
    await expect(refused).rejects.toMatchObject({
      code: "request-failed",
      cause: { code: "request-too-long" },
    });
    await expect(alice.request("echo", new Uint8Array(1_048_577))).rejects.toMatchObject({
      cause: { code: "request-too-long" },
    });
  });

  it("that fail say why only where the handler has said so", async () => {
    const seen: unknown[] = [];
    const { alice, bob } = await tcpPair({ b: { onError: error => seen.push(error) } });
    const secret = new Error("the password is 1234");
    bob.respond("secret", () => {
      throw secret;
    });
    bob.respond("said", () =>
      Promise.reject(new RequestError("no-such-user", "There is no user of that name.")),
    );
    const failure = (await alice.request("secret", "").catch((error: unknown) => error)) as Error;
    expect(failure).toMatchObject({ code: "request-failed", cause: undefined });
    expect(`${failure.message} ${JSON.stringify(failure)}`).not.toContain("1234");
    expect(seen).toEqual([secret]);
    await expect(alice.request("said", "")).rejects.toMatchObject({
      code: "request-failed",
      cause: { name: "RequestError", code: "no-such-user", message: "There is no user of that name." },
    });
    expect(seen).toHaveLength(1);
    expect(() => new RequestError("", "?")).toThrow(
      expect.objectContaining({ code: "invalid-argument" }) as Error,
    );
  });

  it("without a handler wait a second for one, and are refused then", async () => {
    const clock = new FakeClock();
    const pair = await connectedPair({ manager: { clock } });
    afterwards(async () => {
      const closing = pair.close();
      await pass(clock, 16_000);
      await closing;
    });
    const { initiator: alice, responder: bob } = pair;
    const [early, never] = [alice.request("early", "1"), alice.request("never", "2")];
    never.catch(() => undefined);
    await settle();
    bob.respond("early", request => request.text());
    expect((await early).text()).toBe("1");
    await pass(clock, 2_000);
    await expect(never).rejects.toEqual(code("request-unhandled"));
    await expect(alice.request("later", "3")).rejects.toEqual(code("request-unhandled"));
    const stop = bob.respond("later", () => "now");
    expect(() => bob.respond("later", () => "twice")).toThrow(code("invalid-argument"));
    expect((await alice.request("later", "")).text()).toBe("now");
    stop();
    await expect(alice.request("later", "")).rejects.toEqual(code("request-unhandled"));
  });

  it("time out, and the handler's signal aborts", async () => {
    const clock = new FakeClock();
    const pair = await connectedPair({ manager: { clock } });
    afterwards(async () => {
      const closing = pair.close();
      await pass(clock, 16_000);
      await closing;
    });
    let context: RequestContext | undefined;
    pair.responder.respond("slow", (_, given) => {
      context = given;
      return new Promise(() => undefined);
    });
    const asked = pair.initiator.request("slow", "", { timeout: 2_000 });
    asked.catch(() => undefined);
    await pass(clock, 1_000);
    expect(context).toMatchObject({ peer: pair.responder.peer, signal: { aborted: false } });
    await pass(clock, 2_000);
    await expect(asked).rejects.toEqual(code("request-timeout"));
    expect(context!.signal.aborted).toBe(true);
  });

  it("are given up by a signal, and by the end of the session", async () => {
    const { alice, bob } = await tcpPair();
    const contexts: RequestContext[] = [];
    bob.respond("slow", (_, context) => {
      contexts.push(context);
      return new Promise((_resolve, reject) =>
        context.signal.addEventListener("abort", () => reject(new RequestError("gone", ""))),
      );
    });
    const controller = new AbortController();
    const given = alice.request("slow", "", { signal: controller.signal });
    given.catch(() => undefined);
    while (contexts.length === 0) await alice.ping();
    controller.abort(new Error("the user left"));
    await expect(given).rejects.toMatchObject({ code: "aborted", cause: { message: "the user left" } });
    while (!contexts[0]!.signal.aborted) await alice.ping();
    const aborted = { signal: AbortSignal.abort() };
    await expect(alice.request("slow", "", aborted)).rejects.toEqual(code("aborted"));

    const last = alice.request("slow", "");
    last.catch(() => undefined);
    while (contexts.length === 1) await alice.ping();
    await bob.close();
    await expect(last).rejects.toEqual(code("session-closed"));
    expect(contexts[1]!.signal.aborted).toBe(true);
  });

  it("X39 of a peer with enough of them under way are refused, and those served make room", async () => {
    const { alice, bob } = await tcpPair({ b: { maxStreams: 2 } });
    const open: ((reply: string) => void)[] = [];
    bob.respond("wait", () => new Promise<string>(resolve => open.push(resolve)));
    const asked = [0, 1, 2].map(() => alice.request("wait", ""));
    await expect(asked[2]).rejects.toEqual(code("stream-refused"));
    for (const resolve of open) resolve("done");
    await Promise.all(asked.slice(0, 2));
    const next = alice.request("wait", "");
    while (open.length < 3) await alice.ping();
    open[2]!("again");
    expect((await next).text()).toBe("again");
  });

  it("X38 that are given up keep their place while their handlers are at work", async () => {
    const { alice, bob } = await tcpPair({ b: { maxStreams: 4 } });
    let [working, most] = [0, 0];
    bob.respond("slow", async () => {
      most = Math.max(most, ++working);
      await new Promise(resolve => setTimeout(resolve, 300));
      working--;
      return "done";
    });
    for (let i = 0; i < 20; i++) {
      const giveUp = new AbortController();
      const asked = alice.request("slow", "x", { signal: giveUp.signal }).catch(() => undefined);
      await alice.ping();
      giveUp.abort();
      await asked;
    }
    await alice.ping();
    expect(most).toBe(4);
    await new Promise(resolve => setTimeout(resolve, 400));
    expect((await alice.request("slow", "x")).text()).toBe("done");
  });
});
