import { appendFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeProvider } from "../src/crypto/node-provider.js";
import { Identity, Secret, SessionError, SessionManager, type Listener } from "../src/index.js";
import { LmdbStore } from "../src/stores/lmdb-store.js";
import { tcp, tcpListener } from "../src/transports/tcp.js";
import { KillSwitch } from "./kill-switch.js";
import type { Count, EndConfig, Order } from "./orders.js";
import { SealLog } from "./seal-log.js";

const config = JSON.parse(process.argv[2]!) as EndConfig;
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
/** One life of one process: no other ever has this name. */
const life = `${config.end}-${randomBytes(6).toString("hex")}`;
const alarms: Record<string, number> = {};
const jumps: Count["jumps"][number][] = [];
/** What may say why a round has failed. */
const told: string[] = [];
let talking = false;

process.on("disconnect", () => process.exit());

const killSwitch = new KillSwitch();
const lmdb = await LmdbStore.open({ path: config.folder });
/** The application's own rows, in the same transactions: how many messages of each life were sent, and how many came. */
const rows = lmdb.database("application");
const provider = new SealLog(config.sealLog, bytes(config.digestKey)).provider(nodeProvider);
const identity = Identity.fromSecretKey(Secret.take(bytes(config.secretKey)), { provider });
const manager = new SessionManager({
  identity,
  provider,
  store: killSwitch.store(lmdb),
  floor: "classic",
  prefer: "classic",
  persist: config.persist,
  onError: error => {
    if (!SessionError.is(error)) throw error;
  },
});
for (const type of ["quarantined", "lost", "restored", "resumed", "fenced"] as const)
  manager.on(type, ({ session: _, ...event }) => {
    alarms[type] = (alarms[type] ?? 0) + 1;
    if (type === "lost" || type === "quarantined") told.push(JSON.stringify(event));
  });

/** Whatever has happened to a channel, a new one is opened, when nothing is under way on the one before: they count the same messages. */
async function keepChannel(): Promise<never> {
  for (;;) {
    try {
      const channel = await manager.durable(config.peer);
      const over = new AbortController();
      const loops = [receive(channel), send(channel, over.signal)].map(loop =>
        loop.catch((error: unknown) => {
          if (!over.signal.aborted) channelEnded(error);
          over.abort();
          void channel.close();
        }),
      );
      await Promise.all(loops);
    } catch (error) {
      channelEnded(error);
    }
    await sleep(10 + Math.random() * 50);
  }
}

function channelEnded(error: unknown): void {
  if (!SessionError.is(error)) throw error;
  if (error.code !== "store-fenced") told.push(`a channel has ended: ${error.code}: ${error.message}`);
}

type Channel = Awaited<ReturnType<typeof manager.durable>>;
let sent = 0;

async function send(channel: Channel, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if (!talking) {
      await sleep(2);
      continue;
    }
    const several = Array.from({ length: 1 + Math.floor(Math.random() * 6) }, () => {
      const number = ++sent;
      return channel.send(`${life} ${number}`, {
        alongside: () => void rows.put(`sent ${life}`, String(number)),
      });
    });
    const results = await Promise.allSettled(several);
    // What was not stored has not been sent: the next message takes its number.
    sent = Number(rows.get(`sent ${life}`) ?? 0);
    for (const result of results) if (result.status === "rejected") throw result.reason;
    await sleep(Math.random() * 4);
  }
}

async function receive(channel: Channel): Promise<void> {
  for await (const message of channel) {
    const [from, number] = message.text().split(" ") as [string, string];
    appendFileSync(config.deliveryLog, `${from} ${number} ${message.id}\n`);
    killSwitch.pass("before an acknowledgement");
    await message.ack({
      alongside: () => {
        const last = Number(rows.get(`got ${from}`) ?? 0);
        if (Number(number) !== last + 1) jumps.push({ from, last, number: Number(number) });
        void rows.put(`got ${from}`, number);
      },
    });
    killSwitch.pass("after an acknowledgement");
  }
}

async function keepSession(): Promise<never> {
  const connector = tcp(`tcp://127.0.0.1:${config.port}`);
  const watched = {
    remote: connector.remote,
    connect: async (signal: AbortSignal) => killSwitch.connection(await connector.connect(signal)),
  };
  for (;;) {
    try {
      const session = await manager.resume(watched, { peer: config.peer });
      await session.ended;
    } catch (error) {
      if (!SessionError.is(error)) throw error;
    }
    await sleep(5 + Math.random() * 20);
  }
}

async function listen(): Promise<void> {
  const inner = tcpListener({ host: "127.0.0.1", port: config.port });
  const listener: Listener = {
    listen: take => inner.listen(connection => take(killSwitch.connection(connection))),
    close: () => inner.close(),
  };
  const acceptor = await manager.accept(listener, { allow: [config.peer] });
  void (async () => {
    for await (const session of acceptor) void session;
  })();
}

function count(): Count {
  const found: { sent: Record<string, number>; got: Record<string, number> } = { sent: {}, got: {} };
  for (const { key, value } of rows.getRange()) {
    const [what, of] = String(key).split(" ") as ["sent" | "got", string];
    found[what][of] = Number(value);
  }
  return { life, ...found, jumps, alarms, told };
}

process.on("message", (order: Order) => {
  if (order.do === "die") killSwitch.arm(order.at, order.after);
  else if (order.do === "count") process.send?.(count());
  else if (order.do === "leave") void manager.close().then(() => process.exit());
  else talking = order.do === "talk";
});

void keepChannel();
if (config.end === "a") void keepSession();
else await listen();
process.send?.("ready");
