import { attack, meetImpostor, meetStranger } from "./attacks.js";
import { courier } from "./courier.js";
import type { DemoFacts } from "./demo-facts.js";
import { short } from "./event-lines.js";
import type { Meddling } from "./meddling-proxy.js";
import { protocolName } from "./protocol-name.js";
import { sessionFacts } from "./session-facts.js";
import type { EndProcess, Meeting, Stage } from "./stage.js";

/** Plays the whole demonstration, and says what was found. */
export async function play(stage: Stage): Promise<DemoFacts> {
  const { narrator, dialer, listener } = stage;
  const meeting = await introduce(stage);

  narrator.heading("Handshake");
  const opened = await dialer.call("connect", meeting);
  const { session } = opened;
  await listener.call("take", { session });
  narrator.say("dialer", `spoke ${protocolName(opened.suite)}: X25519 and ML-KEM-768 together`);

  narrator.heading("Messages both ways");
  const talk = [
    await say(stage, "dialer", session, "Is anybody there?"),
    await say(stage, "listener", session, "Yes, and I know that it is you."),
  ];

  narrator.heading("Key rotation, one in each direction");
  await rotate(stage, session, 1);
  talk.push(await say(stage, "dialer", session, "This is under a new key."));

  const file = await sendFile(stage, session);

  narrator.heading("Bare records, by a courier whom nobody trusts");
  await rotate(stage, session, 3);
  const courierFacts = await courier(stage, session);
  talk.push(await say(stage, "dialer", session, "Refusals cost this session nothing."));

  const proxy = await stage.proxy(meeting.address);
  const attacks = [];
  for (const meddling of ["tamper", "replay", "reflect", "cut"] satisfies Meddling[]) {
    attacks.push(await attack(stage, proxy, meeting, meddling));
  }
  const wire = { frames: proxy.frames, sawPlaintext: attacks.some(({ sent }) => proxy.saw(sent)) };
  narrator.say(
    "proxy",
    `saw ${wire.frames} frames, plaintext in ${wire.sawPlaintext ? "some" : "none"} of them`,
  );

  narrator.heading("Keys that nobody expects");
  const stranger = await meetStranger(stage, meeting);
  const impostor = await meetImpostor(stage, meeting);

  narrator.heading("A clean close");
  await dialer.call("close", { session });
  const main = await sessionFacts(stage, opened);
  await Promise.all([dialer.call("leave", undefined), listener.call("leave", undefined)]);
  const exits = { dialer: await dialer.exited, listener: await listener.exited };
  narrator.say("dialer", `process has ended: ${exits.dialer.code ?? exits.dialer.signal}`);
  narrator.say("listener", `process has ended: ${exits.listener.code ?? exits.listener.signal}`);

  const { fileBytes } = stage;
  return { fileBytes, main, talk, file, courier: courierFacts, attacks, wire, stranger, impostor, exits };
}

async function introduce({ narrator, dialer, listener }: Stage): Promise<Meeting> {
  narrator.heading("Two processes");
  const { id: peer } = await listener.call("introduce", undefined);
  const { id: allow } = await dialer.call("introduce", undefined);
  const { address } = await listener.call("listen", { allow });
  narrator.say(
    "listener",
    `process ${listener.pid}, id ${short(peer)}, at ${address}: lets in ${short(allow)}, nobody else`,
  );
  narrator.say("dialer", `process ${dialer.pid}, id ${short(allow)}: talks to ${short(peer)}, nobody else`);
  return { address, peer };
}

/** One end says something, the other one hears it. */
async function say(
  { narrator, dialer, listener }: Stage,
  who: "dialer" | "listener",
  session: string,
  said: string,
): Promise<{ readonly said: string; readonly heard: string | undefined }> {
  const [speaker, hearer]: [EndProcess, EndProcess] =
    who === "dialer" ? [dialer, listener] : [listener, dialer];
  await speaker.call("send", { session, text: said });
  narrator.say(who, `says: ${said}`);
  const heard = await hearer.call("receive", { session });
  narrator.say(hearer.role, `hears: ${heard ?? "nothing, the session is closed"}`);
  return { said, heard };
}

/** The dialer's rotation, which the listener answers by one of its own; `times` with those that have been. */
async function rotate({ dialer, listener }: Stage, session: string, times: number): Promise<void> {
  await dialer.call("rotate", { session });
  await Promise.all([
    listener.call("rotated", { session, times }),
    dialer.call("rotated", { session, times }),
  ]);
}

async function sendFile(stage: Stage, session: string): Promise<DemoFacts["file"]> {
  const { narrator, dialer, listener, fileBytes } = stage;
  narrator.heading("A file, with another rotation half way");
  const path = stage.path("sent");
  await dialer.call("makeFile", { path, bytes: fileBytes });
  narrator.say("dialer", `sends ${fileBytes} bytes from ${path}`);
  const receiving = listener.call("receiveFile", { session, path: stage.path("received") });
  const [sent, received] = await Promise.all([dialer.call("sendFile", { session, path }), receiving]);
  narrator.say("dialer", `read    SHA-256 ${sent.sha256}`);
  narrator.say("listener", `wrote   SHA-256 ${received.sha256}`);
  return { sent, received };
}
