import { afterEach, describe, expect, it } from "vitest";
import { SessionError } from "../../src/errors/index.js";
import { anyone, Identity, SessionManager, type Session } from "../../src/manager/index.js";
import { patterned } from "../../src/testing/contract/connection-fixture.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { relayed, type Relayed } from "./relays.js";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of cleanUp.splice(0).reverse()) await release();
});

interface Talk extends Relayed {
  readonly clock: FakeClock;
  readonly managers: readonly SessionManager[];
}

async function relayedTalk(make: () => Relayed | Promise<Relayed>): Promise<Talk> {
  const clock = new FakeClock();
  const managers = [0, 1].map(() => new SessionManager({ identity: Identity.generate(), clock }));
  const ends = await make();
  cleanUp.push(ends.relay.release);
  return { ...ends, clock, managers };
}

async function established({ near, far, managers: [a, b] }: Talk): Promise<[Session, Session]> {
  const [alice, bob] = await Promise.all([
    a!.attach(near, { trust: anyone }),
    b!.attach(far, { allow: anyone }),
  ]);
  await bob.send("all is well");
  expect((await alice.receive())?.text()).toBe("all is well");
  return [alice, bob];
}

/** Resolves as `promise` does, while the sessions' time passes. */
async function passing<Value>(clock: FakeClock, promise: Promise<Value>): Promise<Value> {
  let over = false;
  const settled = promise.finally(() => (over = true));
  settled.catch(() => undefined);
  while (!over) {
    clock.advance(500);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
  return settled;
}

/** Both managers end, and hold nothing; the near end has let go of its path. */
async function nothingIsLeft({ clock, managers, relay }: Talk): Promise<void> {
  await passing(clock, Promise.all(managers.map(manager => manager.close())));
  for (const manager of managers) expect(manager.metrics()).toMatchObject({ sessions: 0, handshakes: 0 });
  await relay.gone();
}

async function failure(promise: Promise<unknown>): Promise<SessionError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!SessionError.is(error)) throw new Error(`expected a SessionError, not ${String(error)}`);
  return error;
}

const codes = {
  cut: ["connection-lost", "session-truncated"],
  garbage: ["session-truncated", "frame-malformed", "epoch-unknown", "connection-lost"],
  close: ["session-truncated", "connection-lost"],
} as const;

describe.each(Object.entries(relayed))("%s, when things go wrong", (_, make) => {
  it.each(Object.entries(codes))("X40 %s: a typed error, and nothing is left", async (what, expected) => {
    const talk = await relayedTalk(make);
    const [alice, bob] = await established(talk);
    talk.relay[what as keyof typeof codes]();
    bob.send(patterned(5000, 1)).catch(() => undefined);
    const error = await failure(passing(talk.clock, alice.receive()));
    expect(expected).toContain(error.code);
    expect(await failure(alice.send("anybody there?"))).toBeInstanceOf(SessionError);
    await nothingIsLeft(talk);
  });

  it("a path that carries nothing any more stops the writer, and holds up nothing for ever", async () => {
    const talk = await relayedTalk(make);
    const [alice, bob] = await established(talk);
    talk.relay.stall();
    let sent = 0;
    const flood = async (): Promise<void> => {
      for (; sent < 1024; sent++) {
        await bob.send(patterned(65_536, sent), { signal: AbortSignal.timeout(1000) });
      }
    };
    expect((await failure(flood())).code).toBe("aborted");
    expect(sent).toBeLessThan(1024);
    const waiting = bob.receive();
    const closing = Promise.all([alice.close(), bob.close()]);
    await nothingIsLeft(talk);
    await closing;
    expect(await waiting).toBeUndefined();
  });

  it.each(["garbage", "close", "stall"] as const)(
    "X40 %s instead of a handshake: a typed error",
    async what => {
      const talk = await relayedTalk(make);
      if (what === "stall") talk.relay.stall();
      const attaching = failure(talk.managers[0]!.attach(talk.near, { trust: anyone }));
      if (what !== "stall") talk.relay[what]();
      const { code } = await passing(talk.clock, attaching);
      expect(code).toMatch(
        what === "stall"
          ? "handshake-timeout"
          : /^(frame-malformed|frame-too-long|frame-unexpected|connection-lost|handshake-failed)$/,
      );
      await nothingIsLeft(talk);
    },
  );
});
