import type { Connection, ConnectionEvents, Store } from "../src/ports/index.js";
import type { KillPoint } from "./orders.js";

/** Stops the process, as `kill -9` does, at a point that was named before. */
export class KillSwitch {
  #armed: { readonly at: KillPoint; left: number } | undefined;

  arm(at: KillPoint, after: number): void {
    this.#armed = { at, left: after };
  }

  pass(point: KillPoint): void {
    if (this.#armed?.at !== point) return;
    if (--this.#armed.left <= 0) process.kill(process.pid, "SIGKILL");
  }

  /** `inner`, whose writes pass points, those about sessions some of their own. */
  store(inner: Store): Store {
    return {
      transactional: inner.transactional,
      get: name => inner.get(name),
      write: async (writes, options) => {
        const keeps = writes.some(({ name }) => /^(restoration|lineage)\//.test(name));
        this.pass("before a store write");
        if (keeps) this.pass("before a session is kept");
        const versions = await inner.write(writes, options);
        if (keeps) this.pass("after a session is kept");
        this.pass("after a store write");
        return versions;
      },
      entries: (prefix, options) => inner.entries(prefix, options),
      close: () => inner.close(),
    };
  }

  /** `inner`, whose frames pass two points. */
  connection(inner: Connection): Connection {
    const pass = (point: KillPoint): void => this.pass(point);
    return {
      delivery: inner.delivery,
      remote: inner.remote,
      start: (events: ConnectionEvents) => inner.start(events),
      write: frame => {
        pass("before a frame");
        const more = inner.write(frame);
        pass("after a frame");
        return more;
      },
      pause: () => inner.pause(),
      resume: () => inner.resume(),
      setMaxFrameLength: length => inner.setMaxFrameLength(length),
      close: () => inner.close(),
      destroy: () => inner.destroy(),
    };
  }
}
