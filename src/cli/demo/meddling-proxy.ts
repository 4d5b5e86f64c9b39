import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { sealedFrameType } from "../../record/index.js";
import { Deframer, encodeFrame } from "../../attach/index.js";
import { formatTcpAddress, parseTcpAddress } from "../../transports/tcp-address.js";

/** What a man in the middle does to one record. */
export type Meddling = "tamper" | "replay" | "reflect" | "cut";

/** Both ends of one connection through the proxy. */
interface Link {
  readonly dialer: Socket;
  readonly listener: Socket;
}

/** What each meddling does with a message frame on its way to the listener. */
const meddle: Readonly<Record<Meddling, (frame: Uint8Array, link: Link) => void>> = {
  tamper(frame, { listener }) {
    const changed = Uint8Array.from(frame);
    changed[changed.length - 1]! ^= 0x01;
    listener.write(encodeFrame(changed));
  },
  replay(frame, { listener }) {
    listener.write(encodeFrame(frame));
    listener.write(encodeFrame(frame));
  },
  reflect(frame, { dialer }) {
    dialer.write(encodeFrame(frame));
  },
  cut(_frame, { dialer, listener }) {
    dialer.end();
    listener.end();
  },
};

/**
 * A man in the middle: a TCP proxy that passes frames on as they are, keeps what it has seen, and does to the next message from
 * the dialer what it is told to.
 */
export class MeddlingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #seen: Uint8Array[] = [];
  #next: Meddling | undefined;

  private constructor(target: string) {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, dialer => {
      const listener = connect({ ...parseTcpAddress(target), allowHalfOpen: true, noDelay: true });
      const link = { dialer, listener };
      this.#pass(dialer, listener, frame => this.#towardsListener(frame, link));
      this.#pass(listener, dialer, frame => void dialer.write(encodeFrame(frame)));
    });
  }

  /** Listens on loopback, and connects on to `target`. */
  static start(target: string): Promise<MeddlingProxy> {
    const proxy = new MeddlingProxy(target);
    return new Promise((resolve, reject) => {
      proxy.#server.once("error", reject);
      proxy.#server.listen({ host: "127.0.0.1", port: 0 }, () => resolve(proxy));
    });
  }

  get address(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return formatTcpAddress({ host: address, port });
  }

  /** Frames seen so far, both ways. */
  get frames(): number {
    return this.#seen.length;
  }

  /** Whether `text` stood in any frame, as it is. */
  saw(text: string): boolean {
    return this.#seen.some(frame => Buffer.from(frame).includes(text));
  }

  /** Does that to the next message of the dialer, once. */
  meddleWithNext(meddling: Meddling): void {
    this.#next = meddling;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #towardsListener(frame: Uint8Array, link: Link): void {
    const meddling = frame[0] === sealedFrameType.message ? this.#next : undefined;
    if (meddling === undefined) {
      link.listener.write(encodeFrame(frame));
      return;
    }
    this.#next = undefined;
    meddle[meddling](frame, link);
  }

  #pass(from: Socket, to: Socket, take: (frame: Uint8Array) => void): void {
    const deframer = new Deframer();
    this.#sockets.add(from);
    from.on("data", chunk => {
      deframer.push(chunk);
      for (let frame = deframer.next(); frame !== undefined; frame = deframer.next()) {
        this.#seen.push(frame);
        take(frame);
      }
    });
    from.on("end", () => to.end());
    // A reset at one side is one at the other.
    from.on("error", () => to.destroy());
    from.on("close", () => this.#sockets.delete(from));
  }
}
