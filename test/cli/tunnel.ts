import { connect, createServer, type Server, type Socket } from "node:net";
import type { Process, Workshop } from "./process.js";

/** Both ends of a `bowline forward`, and a tap on the wire between them. */
export interface Tunnel {
  readonly near: Process;
  readonly far: Process;
  /** Where programs connect. */
  readonly port: number;
  readonly tap: Tap;
}

/** Opens a tunnel to `to`, a port of this machine, between the identities `near` and `far`. */
export async function openTunnel(
  shop: Workshop,
  to: number,
  nearOptions: readonly string[] = [],
): Promise<Tunnel> {
  const ids = { far: shop.id("far"), near: shop.id("near") };
  const far = shop.start(
    ...["forward", "--key", shop.key("far"), "--allow", ids.near],
    ...["--listen", "tcp://127.0.0.1:0", "--to", `127.0.0.1:${to}`],
  );
  const address = new URL((await far.address()).replace("tcp:", "http:"));
  const tap = await Tap.before(Number(address.port));
  const near = shop.start(
    ...["forward", "--key", shop.key("near"), "--peer", ids.far],
    ...["--connect", `tcp://127.0.0.1:${tap.port}`, "--from", "127.0.0.1:0", ...nearOptions],
  );
  const port = Number(await near.says(/listening at 127\.0\.0\.1:(\d+)/));
  await near.says(/connected to/);
  return { near, far, port, tap };
}

/** The wire between two ends: passes on what goes by, and keeps the beginning of it. */
export class Tap {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #seen: Buffer[] = [];
  #length = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async before(port: number): Promise<Tap> {
    const server = createServer();
    const tap = new Tap(server);
    server.on("connection", socket => {
      const onward = connect({ port, host: "127.0.0.1" });
      tap.#join(socket, onward);
      tap.#join(onward, socket);
    });
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
    return tap;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** What went by, both ways. */
  get seen(): Buffer {
    return Buffer.concat(this.#seen);
  }

  /** Bytes that went by. */
  get length(): number {
    return this.#length;
  }

  /** Cuts every connection; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.#server.close();
    this.cut();
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on("data", bytes => {
      this.#length += bytes.length;
      if (this.#length < 64_000_000) this.#seen.push(bytes);
    });
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    from.pipe(to);
  }
}
