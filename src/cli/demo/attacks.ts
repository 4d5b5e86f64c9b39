import type { AttackFacts, DemoFacts, SessionFacts } from "./demo-facts.js";
import type { Meddling, MeddlingProxy } from "./meddling-proxy.js";
import { sessionFacts } from "./session-facts.js";
import type { EndProcess, Meeting, Stage } from "./stage.js";

const titles: Readonly<Record<Meddling, string>> = {
  tamper: "A tampered record, in a session of its own through a man in the middle",
  replay: "A replayed record",
  reflect: "A reflected record",
  cut: "A connection that is cut",
};

const deeds: Readonly<Record<Meddling, string>> = {
  tamper: "flips one bit of the dialer's next message",
  replay: "passes the dialer's next message on twice",
  reflect: "sends the dialer's next message back to it, as if the listener had sent it",
  cut: "closes both connections instead of passing the dialer's next message on",
};

/** Opens a session through the proxy, exchanges a message each way, and has the proxy meddle with the next one. */
export async function attack(
  stage: Stage,
  proxy: MeddlingProxy,
  { peer }: Meeting,
  meddling: Meddling,
): Promise<AttackFacts> {
  const { narrator, dialer, listener } = stage;
  narrator.heading(titles[meddling]);
  const opened = await dialer.call("connect", { address: proxy.address, peer });
  const { session } = opened;
  await listener.call("take", { session });
  await greet(dialer, listener, session);
  await greet(listener, dialer, session);
  narrator.say("proxy", deeds[meddling]);
  proxy.meddleWithNext(meddling);
  const sent = `The message to ${meddling}.`;
  const sendAndSee = async (): Promise<SessionFacts> => {
    await dialer.call("send", { session, text: sent });
    const facts = await sessionFacts(stage, opened);
    // Where nothing was refused, the session still lives: it is closed, so that the demonstration ends.
    await dialer.call("close", { session });
    return facts;
  };
  const [delivered, facts] = await Promise.all([listener.call("drain", { session }), sendAndSee()]);
  return { ...facts, meddling, sent, delivered };
}

async function greet(from: EndProcess, to: EndProcess, session: string): Promise<void> {
  await from.call("send", { session, text: "A greeting, to begin with." });
  await to.call("receive", { session });
}

/** A dialer with a key that the listener does not list. */
export async function meetStranger(
  { narrator, dialer, listener }: Stage,
  { address, peer }: Meeting,
): Promise<DemoFacts["stranger"]> {
  narrator.say("dialer", "knocks with a key that is not on the listener's list");
  const told = await dialer.call("tryConnect", { address, peer, as: "stranger" });
  narrator.say("dialer", `is told no more than this: ${told ?? "welcome"}`);
  return { told, reasons: await listener.call("handshakeFailures", undefined) };
}

/** Somebody who is not the listener, where the dialer expects it. */
export async function meetImpostor(
  { narrator, dialer, listener }: Stage,
  { peer }: Meeting,
): Promise<DemoFacts["impostor"]> {
  const { address } = await listener.call("impersonate", undefined);
  narrator.say("dialer", `goes to ${address}, where somebody with another key answers`);
  return dialer.call("tryConnect", { address, peer, as: "myself" });
}
