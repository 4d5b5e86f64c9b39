// One end of a tunnel as somebody would write it with Node's TLS: `far PORT TO KEY CERTIFICATE`, or `near PORT TO`.
import { readFileSync } from "node:fs";
import * as net from "node:net";
import { pipeline } from "node:stream";
import * as tls from "node:tls";

const [end, port, to, keyFile, certFile] = process.argv.slice(2);
const host = "127.0.0.1";
const half = { allowHalfOpen: true };
const target = { port: Number(to), host, ...half };

function join(socket, onward) {
  const over = () => undefined;
  pipeline(socket, onward, over);
  pipeline(onward, socket, over);
}

const server =
  end === "far"
    ? tls.createServer({ key: readFileSync(keyFile), cert: readFileSync(certFile), ...half }, socket =>
        join(socket, net.connect(target)),
      )
    : net.createServer(half, socket => join(socket, tls.connect({ ...target, rejectUnauthorized: false })));
server.on("tlsClientError", () => undefined);
server.listen({ port: Number(port), host });
