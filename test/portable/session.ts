import { anyone, Identity, SessionManager, type Session } from "bowline";
import { memoryConnector, memoryListener } from "bowline/transports/memory";
import { ascii, equal, test } from "./harness.js";

/** Two managers over memory, with an established session between them: by a key that is known, or by one that is learned. */
async function connected(
  known: boolean,
): Promise<{ readonly ends: [Session, Session]; readonly close: () => Promise<void> }> {
  const [anna, ben] = [Identity.generate(), Identity.generate()];
  const [client, server] = [new SessionManager({ identity: anna }), new SessionManager({ identity: ben })];
  const listener = memoryListener();
  const acceptor = await server.accept(listener, { allow: [anna.id] });
  const whom = known ? { peer: ben.id } : { trust: anyone };
  const session = await client.connect(memoryConnector(listener), whom);
  const other = await acceptor.next();
  if (other === undefined) throw new Error("no session was accepted");
  const close = async (): Promise<void> => {
    await client.close();
    await server.close();
  };
  return { ends: [session, other], close };
}

for (const known of [false, true]) {
  test(`a hybrid session says hello both ways, ${known ? "IK" : "XX"}`, async () => {
    const { ends, close } = await connected(known);
    const [a, b] = ends;
    equal(a.suite, known ? "IKhfs" : "XXhfs");
    equal(a.id, b.id);
    await a.send("hello");
    equal((await b.receive())?.text(), "hello");
    a.rotateKeys();
    await b.send("hello to you");
    equal((await a.receive())?.text(), "hello to you");
    const exported = a.exportKey("portable", ascii("context"), 32);
    equal(exported.expose(), b.exportKey("portable", ascii("context"), 32).expose());
    await close();
    equal((await b.ended).kind, "closed");
  });
}

test("a session is renewed, and what is said goes on", async () => {
  const { ends, close } = await connected(true);
  const [a, b] = ends;
  const before = a.id;
  const renewed = new Promise<void>(resolve => a.on("renewed", () => resolve()));
  a.renew();
  await renewed;
  equal(a.id === before, false);
  await a.send("still here");
  equal((await b.receive())?.text(), "still here");
  await close();
});
