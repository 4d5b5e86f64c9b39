/* global Blob, clearTimeout, fetch, location, MessageChannel, Response, RTCPeerConnection, setTimeout, WebSocket, Worker */
// What runs in a page of a real browser: sessions with Node over WebSocket, with a worker, between two peers; and the contract of
// connections on each thing that only a browser has.
import { anyone, Identity, SessionManager, toConnection } from "bowline";
import { connectionContract } from "bowline/testing";
import { webSocket } from "bowline/transports/websocket";
import { equal, runAll, test } from "../../portable/harness.ts";

const origin = `ws://${location.host}`;
const settle = () => new Promise(resolve => setTimeout(resolve, 100));
const opened = thing => new Promise(resolve => thing.addEventListener("open", resolve, { once: true }));

/** `length` bytes that differ from place to place. */
const bytes = length => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255);

const checksum = data => data.reduce((sum, byte, i) => (sum + byte * ((i % 251) + 1)) >>> 0, 0);

/** A test that fails when it takes longer than 20 s. */
function timed(name, body) {
  test(name, async () => {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error("it hangs")), 20_000);
    });
    await Promise.race([body(), late]).finally(() => clearTimeout(timer));
  });
}

/** Runs the contract of connections on pairs that `makePair` makes. */
function contract(name, makePair) {
  for (const { name: caseName, run } of connectionContract(makePair)) timed(`${name}: ${caseName}`, run);
}

const newManager = () => {
  const identity = Identity.generate();
  return { id: identity.id, manager: new SessionManager({ identity }) };
};

/** Messages and a stream, there and back: the far end sends back what it gets. */
async function talk(session) {
  await session.send("hello from the page");
  equal((await session.receive()).text(), "hello from the page");
  const long = bytes(1_000_000);
  await session.send(long);
  equal(checksum((await session.receive()).bytes), checksum(long));

  const stream = session.openStream({ label: "echo" });
  const body = bytes(600_000);
  const sending = new Blob([body]).stream().pipeTo(stream.writable);
  const back = new Uint8Array(await new Response(stream.readable).arrayBuffer());
  await sending;
  equal(back.length, body.length);
  equal(checksum(back), checksum(body));
}

async function echo(session) {
  void (async () => {
    for await (const message of session) await session.send(message.bytes);
  })();
  for await (const stream of session.incomingStreams()) void stream.readable.pipeTo(stream.writable);
}

timed("a page and Node talk over WebSocket, by a key that is known", async () => {
  const peer = await (await fetch("/peer")).text();
  const { manager } = newManager();
  const session = await manager.connect(webSocket(`${origin}/bowline`), { peer });
  equal(session.suite, "IKhfs");
  await talk(session);
  await session.close();
  equal((await session.ended).kind, "closed");
  await manager.close();
});

timed("a WebSocket that the page made is attached while it connects", async () => {
  const { manager } = newManager();
  const session = await manager.attach(new WebSocket(`${origin}/bowline`), { trust: anyone });
  await talk(session);
  await manager.close();
});

timed("a page that does not read stops the server, and then gets everything", async () => {
  const { manager } = newManager();
  const session = await manager.connect(webSocket(`${origin}/flood`), { trust: anyone });
  const sentBefore = async () => Number(await (await fetch("/flooded")).text());
  let sent = -1;
  while (sent !== (await sentBefore())) {
    sent = await sentBefore();
    await new Promise(resolve => setTimeout(resolve, 500));
  }
  // 64 MiB are to come; the inbox keeps 4, and what is on its way is bounded.
  equal(sent > 0 && sent < 256, true);
  for (let i = 0; i < 1024; i++) equal((await session.receive()).bytes.length, 65_536);
  await manager.close();
});

timed("a server that is not there is a typed error", async () => {
  const { manager } = newManager();
  let code;
  await manager.connect(webSocket("ws://127.0.0.1:1"), { trust: anyone }).catch(error => (code = error.code));
  equal(code, "connect-failed");
  await manager.close();
});

let rooms = 0;
contract("WebSocket", async () => {
  const room = `${origin}/relay/${++rooms}`;
  const sockets = [new WebSocket(room), new WebSocket(room)];
  const [near, far] = sockets.map(socket => toConnection(socket));
  await Promise.all(sockets.map(opened));
  return { near, far, settle, dispose: settle };
});

contract("MessagePort", () => {
  const { port1, port2 } = new MessageChannel();
  return Promise.resolve({
    near: toConnection(port1),
    far: toConnection(port2),
    settle,
    dispose: () => Promise.resolve(),
  });
});

timed("a page and its worker talk over a MessagePort", async () => {
  const worker = new Worker("/worker.mjs", { type: "module" });
  const { port1, port2 } = new MessageChannel();
  const peer = await new Promise(resolve => {
    worker.addEventListener("message", ({ data }) => resolve(data), { once: true });
    worker.postMessage(port2, [port2]);
  });
  const { manager } = newManager();
  const session = await manager.attach(port1, { peer });
  await talk(session);
  await manager.close();
  worker.terminate();
});

/** Two peers in this page, and a channel between them. */
async function channels(options) {
  const peers = [new RTCPeerConnection(), new RTCPeerConnection()];
  const [a, b] = peers;
  a.addEventListener("icecandidate", ({ candidate }) => void b.addIceCandidate(candidate));
  b.addEventListener("icecandidate", ({ candidate }) => void a.addIceCandidate(candidate));
  const near = a.createDataChannel("bowline", options);
  const incoming = new Promise(resolve => {
    b.addEventListener("datachannel", ({ channel }) => resolve(channel));
  });
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription);
  return { near, incoming, close: () => peers.forEach(peer => peer.close()) };
}

contract("RTCDataChannel", async () => {
  const { near: nearChannel, incoming, close } = await channels();
  const near = toConnection(nearChannel);
  const far = toConnection(await incoming);
  return { near, far, settle, dispose: () => Promise.resolve(close()) };
});

timed("an RTCDataChannel loses nothing of what is written when it is made, at either end", async () => {
  for (let i = 0; i < 60; i++) {
    const { near: nearChannel, incoming, close } = await channels();
    const ends = [toConnection(nearChannel), toConnection(await incoming)];
    for (const end of ends) end.write(bytes(100));
    const nothing = () => undefined;
    const frames = ends.map(
      end => new Promise(resolve => end.start({ frame: resolve, drain: nothing, end: nothing })),
    );
    for (const frame of await Promise.all(frames)) equal(checksum(frame), checksum(bytes(100)));
    close();
  }
});

for (const [name, options, delivery] of [
  ["reliable", {}, "ordered"],
  ["unreliable", { ordered: false, maxRetransmits: 0 }, "datagram"],
]) {
  timed(`two peers talk over a ${name} RTCDataChannel`, async () => {
    const [alice, bob] = [newManager(), newManager()];
    const { near, incoming, close } = await channels(options);
    equal(toConnection((await channels(options)).near).delivery, delivery);
    const accepting = incoming.then(channel => bob.manager.attach(channel, { allow: [alice.id] }));
    const session = await alice.manager.attach(near, { peer: bob.id });
    const other = await accepting;
    if (delivery === "ordered") {
      void echo(other);
      await talk(session);
    } else {
      await session.send("a datagram");
      equal((await other.receive()).text(), "a datagram");
      await other.send(bytes(16_000));
      equal(checksum((await session.receive()).bytes), checksum(bytes(16_000)));
      let code;
      await session.send(bytes(17_000)).catch(error => (code = error.code));
      equal(code, "invalid-argument");
      await session.send("and on");
      equal((await other.receive()).text(), "and on");
    }
    await Promise.all([alice.manager.close(), bob.manager.close()]);
    close();
  });
}

globalThis.portableReport = runAll();
