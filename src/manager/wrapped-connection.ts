import type { Connection, ConnectionEvents } from "../ports/index.js";

/** A connection that passes everything on to another one: what stands between a session and its path. */
export class WrappedConnection implements Connection {
  protected readonly inner: Connection;

  constructor(inner: Connection) {
    this.inner = inner;
  }

  get delivery(): "ordered" | "datagram" {
    return this.inner.delivery;
  }

  get remote(): string {
    return this.inner.remote;
  }

  start(events: ConnectionEvents): void {
    this.inner.start(events);
  }

  write(frame: Uint8Array): boolean {
    return this.inner.write(frame);
  }

  pause(): void {
    this.inner.pause();
  }

  resume(): void {
    this.inner.resume();
  }

  setMaxFrameLength(length: number): void {
    this.inner.setMaxFrameLength(length);
  }

  close(): void {
    this.inner.close();
  }

  destroy(): void {
    this.inner.destroy();
  }
}
