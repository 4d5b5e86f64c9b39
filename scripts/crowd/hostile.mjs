// The hostile part of the crowd. It gives way to the others: its machine would not be theirs.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { setPriority } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Identity, SessionManager } from "bowline";
import { join, socketFrom } from "./joining.mjs";

setPriority(19);
let attacking = false;
let garbage = 0;
let sessions = [];
let server = "";

/** Sends without end what is echoed to it, and takes the echo, so that nothing slows it but the server. */
async function flood(session, message) {
  void (async () => {
    while ((await session.receive()) !== undefined);
  })().catch(() => undefined);
  for (;;) {
    if (attacking) await session.send(message);
    else await sleep(20);
  }
}

/** Sends as long as it can, and never reads an echo. */
async function fillUp(session) {
  const message = new Uint8Array(4096);
  for (;;) {
    if (attacking) await session.send(message);
    else await sleep(20);
  }
}

/** Comes, leaves bytes that are no handshake or only a length, and comes again; some stay and say nothing. */
async function babble(number) {
  for (;;) {
    if (!attacking) {
      await sleep(20);
      continue;
    }
    try {
      const socket = await socketFrom(`127.3.0.${1 + (number & 3)}`, server);
      garbage++;
      socket.resume();
      if (number % 3 > 0)
        socket.write(number % 3 === 1 ? randomBytes(4096) : Uint8Array.of(0, 0, 4, 0, 1, 0));
      await Promise.race([once(socket, "close"), sleep(1000)]);
      socket.destroy();
    } catch {
      await sleep(5);
    }
  }
}

const kinds = [
  session => flood(session, new Uint8Array(16)),
  session => flood(session, new Uint8Array(65_536)),
  session => fillUp(session),
];

const answers = {
  async join({ suite, count, ...rest }) {
    server = rest.address;
    const manager = new SessionManager({
      identity: Identity.generate(),
      floor: suite,
      prefer: suite,
      // Reads nothing for those that do not read.
      inbox: { messages: 8, bytes: 65_536 },
    });
    const quarter = Math.floor(count / 4);
    sessions = await join(manager, { ...rest, count: count - quarter, network: 2 });
    sessions.forEach((session, i) => kinds[i % kinds.length](session).catch(() => undefined));
    for (let i = 0; i < quarter; i++) void babble(i);
    return {};
  },
  attack() {
    attacking = true;
    return {};
  },
  rest() {
    attacking = false;
    const result = { garbage };
    garbage = 0;
    return result;
  },
};

process.on("message", async question => process.send(await answers[question.do](question)));
process.on("disconnect", () => process.exit());
