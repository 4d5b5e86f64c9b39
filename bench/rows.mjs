// Every row of the benchmarks: what is measured beside what, the bar that its ratio is held to, and where the measurement is. A row's modules are
// loaded when it runs, in a process of its own; rows of one `process` share theirs.
import * as crypto from "node:crypto";
import { atLeast, atMost } from "./bars.mjs";

/** Milliseconds of a side's turn in a round, and rounds, where a row says nothing else. */
export const defaults = { rounds: 9, time: 200 };

const session = (measure, size) => settings =>
  import("./session.mjs").then(module => module[measure](settings, size));
const handshakes = measure => settings => import("./handshake.mjs").then(module => module[measure](settings));
const memory = delivery => settings =>
  import("./memory.mjs").then(module => module.residentSet(settings, delivery));
const million = measure => settings => import("./million.mjs").then(module => module[measure](settings));
const tunnel = kind => settings => import("./tunnel-rates.mjs").then(module => module.bulk(settings, kind));
const redis = pipelined => settings =>
  import("./tunnel-rates.mjs").then(module => module.redis(settings, "stunnel", pipelined));
const batch = size => settings => import("./tls-batch.mjs").then(module => module.besideTls(settings, size));
const durable = (measure, sessions) => settings =>
  import("./durable.mjs").then(module => module[measure](settings, sessions));

const figure = bytes => bytes.toLocaleString("en-US");
const perSecond = { unit: "/s" };

/** Rows with the packages of this folder: they are installed where one of these is asked for. */
const withPackages = { packages: true };

const aeadRow =
  (peer, beside) =>
  ([label, size, bar]) => ({
    ...perSecond,
    ...withPackages,
    name: `aead-${peer}-${label}`,
    what: `the AEAD alone, seal and open ${figure(size)} B`,
    beside,
    bar,
    quick: true,
    measure: settings => import("./aead.mjs").then(module => module.beside(settings, peer, size)),
  });
const aeadRows = [
  ...[
    ["64", 64, atLeast(2, 2.5)],
    ["1k", 1_024, atLeast(1, 1.2)],
    ["4k", 4_096, atLeast(0.65, 0.9)],
  ].map(aeadRow("sodium", "sodium-native, output buffers reused")),
  ...[
    ["64", 64, atLeast(15)],
    ["1k", 1_024, atLeast(5)],
    ["16k", 16_384, atLeast(0.95)],
    ["1m", 1_048_576, atLeast(0.95)],
  ].map(aeadRow("node", "node:crypto, a cipher for each")),
];

const sessionRows = [
  ...[
    ["64", 64, atLeast(3, 3.5)],
    ["1k", 1_024, atLeast(1.2, 1.4)],
    ["16k", 16_384, atLeast(1, 1.3)],
  ].map(([label, size, bar]) => ({
    ...perSecond,
    ...withPackages,
    name: `session-peer-${label}`,
    what: `session, encrypt and decrypt ${figure(size)} B, one at a time`,
    beside:
      "the fastest of noise-protocol, noise-handshake, @hyperswarm/secret-stream, @chainsafe/libp2p-noise",
    bar,
    measure: session("besidePeers", size),
  })),
  {
    ...perSecond,
    name: "session-own-64",
    what: "our AEAD alone, seal and open 64 B",
    beside: "our session, encrypt and decrypt 64 B",
    bar: atMost(1.3),
    measure: session("besideOwnAead", 64),
  },
  ...[
    ["64", 64],
    ["1k", 1_024],
    ["16k", 16_384],
    ["1m", 1_048_576],
  ].map(([label, size]) => ({
    ...perSecond,
    name: `session-node-${label}`,
    what: `session, encrypt and decrypt ${figure(size)} B`,
    beside: "node:crypto, a cipher for each, seal and open",
    measure: session("besideNode", size),
  })),
];

const tlsRows = [
  ...[
    ["64", 64],
    ["1k", 1_024],
  ].map(([label, size]) => ({
    ...perSecond,
    ...withPackages,
    name: `batch-tls-${label}`,
    what: `messages of ${figure(size)} B in batches of 64 KiB, encryptBatch and decryptBatch`,
    beside: "Node's TLS 1.3 with ChaCha20-Poly1305 in memory, each behind its length, as much in one write",
    bar: atLeast(1.3),
    measure: batch(size),
  })),
  {
    ...withPackages,
    name: "stream-tls-64k",
    what: "a stream of a session over TCP to another process, writes of 64 KiB",
    beside: "Node's TLS 1.3 with ChaCha20-Poly1305, the same",
    unit: "MiB/s",
    bar: atLeast(1, 1.2),
    time: 1_000,
    measure: settings => import("./stream.mjs").then(module => module.besideTls(settings)),
  },
];

const handshakeRows = [
  {
    ...perSecond,
    ...withPackages,
    name: "handshake-xx",
    what: "XX, classic, both ends, till both are active",
    beside: "noise-handshake, XX, both ends (native libsodium)",
    bar: atLeast(0.9, 1),
    measure: handshakes("besideNoiseHandshake"),
  },
  {
    ...perSecond,
    ...withPackages,
    name: "handshake-libp2p",
    what: "XX, classic, both ends, till both are active",
    beside: "@chainsafe/libp2p-noise, XX with its signatures, both ends",
    bar: atLeast(8),
    measure: handshakes("besideLibp2p"),
  },
  {
    name: "handshake-hybrid",
    what: "time of XXhfs, both ends",
    beside: "our classic XX",
    unit: "us",
    // 1.6 where this Node has ML-KEM of its own.
    bar: atMost("encapsulate" in crypto ? 1.6 : 2.5),
    measure: handshakes("hybridBesideClassic"),
  },
];

const crowdRows = [
  {
    name: "rss-inorder",
    what: "resident memory of an established session on an ordered path",
    beside: "one byte",
    unit: "B",
    bar: atMost(2_500, 1_500),
    measure: memory("ordered"),
  },
  {
    name: "rss-window",
    what: "resident memory of an established session on datagrams, with its window",
    beside: "one byte",
    unit: "B",
    bar: atMost(3_500, 2_500),
    measure: memory("datagram"),
  },
  {
    name: "million-expiry",
    what: "longest turn of the event loop while 10,000 sessions of a million expire at once",
    beside: "one millisecond",
    unit: "ms",
    bar: atMost(20),
    process: "million",
    measure: million("expiry"),
  },
  {
    name: "million-tick",
    what: "a tick that wakes one session of a million",
    beside: "the same of 1,000",
    unit: "us",
    bar: atMost(2),
    process: "million",
    measure: million("tick"),
  },
];

const iperf = {
  ...withPackages,
  what: "forward, iperf3, one connection",
  unit: "MiB/s",
  rounds: 5,
  time: 2_000,
};
const requests = { ...withPackages, ...perSecond, rounds: 5, time: 4_000, bar: atLeast(0.8) };
const tunnelRows = [
  {
    ...iperf,
    name: "tunnel-node-tls",
    beside: "two proxies on Node's TLS",
    bar: atLeast(1, 1.1),
    measure: tunnel("node-tls"),
  },
  { ...iperf, name: "tunnel-stunnel", beside: "stunnel4", bar: atLeast(0.85, 1), measure: tunnel("stunnel") },
  { ...iperf, name: "tunnel-spiped", beside: "spiped", bar: atLeast(2.5), measure: tunnel("spiped") },
  {
    ...requests,
    name: "tunnel-redis-p1",
    what: "forward, redis-benchmark, SET and GET, one at a time on 50 connections",
    beside: "stunnel4",
    measure: redis(1),
  },
  {
    ...requests,
    name: "tunnel-redis-p16",
    what: "forward, redis-benchmark, SET and GET, 16 at a time on 50 connections",
    beside: "stunnel4",
    measure: redis(16),
  },
];

const sends = { ...perSecond, rounds: 7, time: 700 };
const storeRows = [
  {
    ...sends,
    name: "durable-send-1",
    what: "durable sends of 256 B, 1 channel, group commit",
    beside: "our durable sends, one at a time: a transaction for each",
    measure: durable("besideInTurn", 1),
  },
  {
    ...sends,
    name: "durable-send-64",
    what: "durable sends of 256 B, 64 channels, group commit",
    beside: "our durable sends, one at a time: a transaction for each",
    bar: atLeast(20),
    measure: durable("besideInTurn", 64),
  },
  ...[1, 64].map(sessions => ({
    ...sends,
    name: `durable-lmdb-${sessions}`,
    what: `durable sends of 256 B, ${sessions} channel${sessions === 1 ? "" : "s"}, group commit`,
    beside: "LMDB, one synchronous write for each, not sealed",
    measure: durable("besideLmdb", sessions),
  })),
  {
    name: "stored-bytes",
    what: "names and sealed bytes stored for one live session (of 400, each with a peer of its own)",
    beside: "LMDB's file, for one",
    unit: "B",
    measure: () => import("./stored.mjs").then(module => module.storedBytes()),
  },
  {
    name: "open-100k",
    what: "100,000 stored sessions: the store opened, each looked up by the name that a peer asks for, and opened",
    beside: "the same two values of each read, not opened",
    unit: "s",
    rounds: 3,
    measure: settings => import("./stored.mjs").then(module => module.openings(settings)),
  },
];

const runtimeRows = ["Bun", "Deno", "Chromium"].flatMap(runtime =>
  [
    ["session-64", "session, encrypt and decrypt 64 B"],
    ["handshake", "XX, classic, both ends"],
  ].map(([figure, what]) => ({
    ...perSecond,
    name: `${figure}-${runtime.toLowerCase()}`,
    what: `${what}, on ${runtime}`,
    beside: "on this Node",
    process: runtime,
    rounds: 3,
    measure: settings => import("./runtimes.mjs").then(module => module.onRuntime(settings, runtime, figure)),
  })),
);

export const rows = [
  ...aeadRows,
  ...sessionRows,
  ...tlsRows,
  ...handshakeRows,
  ...crowdRows,
  ...tunnelRows,
  ...storeRows,
  ...runtimeRows,
];
