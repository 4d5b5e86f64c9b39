import { describe, it } from "vitest";
import { connectionContract } from "../../src/testing/index.js";
import {
  attached,
  duplexEnds,
  messagePorts,
  tcpSockets,
  tlsSockets,
  unixSockets,
  webSockets,
} from "./pairs.js";

const things = {
  "net sockets": () => attached(tcpSockets),
  "unix sockets": () => attached(unixSockets, "silent"),
  "TLS sockets": () => attached(tlsSockets, "silent"),
  "Duplex streams": () => attached(duplexEnds),
  "WebSockets of ws": () => attached(webSockets),
  "MessagePorts of worker_threads": () => attached(messagePorts),
};

for (const [name, makePair] of Object.entries(things)) {
  describe(`connection contract: ${name}`, () => {
    for (const { name, run } of connectionContract(makePair)) it(name, { timeout: 10_000 }, run);
  });
}
