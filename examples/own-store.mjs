// A store of your own, in a Map, and the contract of bowline/testing that says whether it is one.
import test from "node:test";
import { SessionError } from "bowline";
import { storeContract } from "bowline/testing";

class OwnStore {
  transactional = false;
  #rows = new Map();
  #writes = 0;
  #closed = false;

  async get(name) {
    this.#check([name]);
    const row = this.#rows.get(name);
    return row && { bytes: row.bytes.slice(), version: row.version };
  }

  async write(writes, { alongside } = {}) {
    this.#check(writes.map(({ name }) => name));
    if (alongside !== undefined) throw new SessionError("invalid-argument", "It takes no rows of others.");
    for (const { name, expected } of writes) {
      const present = this.#rows.get(name)?.version;
      if (present !== expected) throw new SessionError("store-conflict", "Somebody else was first.");
    }
    return writes.map(({ kind, name, expected, bytes }) => {
      if (kind === "require") return expected;
      this.#rows.delete(name);
      if (kind === "delete") return undefined;
      const version = String(++this.#writes);
      this.#rows.set(name, { bytes: bytes.slice(), version });
      return version;
    });
  }

  async *entries(prefix, { after = "" } = {}) {
    this.#check([]);
    for (const name of [...this.#rows.keys()].sort())
      if (name.startsWith(prefix) && name > after && this.#rows.has(name))
        yield { name, ...(await this.get(name)) };
  }

  async close() {
    this.#closed = true;
  }

  #check(names) {
    if (this.#closed) throw new SessionError("store-failed", "It has been closed.");
    if (new Set(names).size < names.length || !names.every(name => /^[ -~]{1,512}$/.test(name)))
      throw new SessionError("invalid-argument", "A name is 1 to 512 printable characters, and comes once.");
  }
}

// It lets nothing expire, which is good for a lesson and not for tickets: leave `expires` away where yours does.
for (const { name, run } of storeContract({ open: async () => new OwnStore(), expires: false }))
  test(name, run);
