// Known-bad changes of src/session and src/manager: each must be found by the simulator.

export const sessionPatches = [
  {
    name: "rotation not bounded",
    changes: [
      {
        file: "src/session/key-timing.ts",
        from: "    if (this.#records === 0) return false;\n    return this.#records >= records",
        to: "    if (this.#records === 0) return false;\n    return this.#records >= 2 * records",
      },
    ],
  },
  {
    name: "rotation counts begin again at the peer's first record",
    changes: [
      {
        file: "src/session/key-timing.ts",
        from: "  advanced(rotation: number, now: Instant): void {\n",
        to: "  advanced(rotation: number, now: Instant): void {\n    this.#begin(now);\n",
      },
    ],
  },
  {
    name: "responder seals under the new generation at once",
    changes: [
      {
        file: "src/session/ordinary-records.ts",
        from: "    if (sealsAtOnce) this.#sealUnderAgreed();",
        to: "    void sealsAtOnce;\n    this.#sealUnderAgreed();",
      },
    ],
  },
  {
    name: "tie of two generations not broken",
    changes: [
      {
        file: "src/session/generation-exchange.ts",
        from: "    if (!settled || (this.#proposed !== undefined && winsTies)) return undefined;\n",
        to: "    void winsTies;\n    if (!settled) return undefined;\n",
      },
    ],
  },
  {
    name: "repeated proposal of a generation not answered",
    changes: [
      {
        file: "src/session/generation-exchange.ts",
        from: "return { answer: this.#answered.answer };",
        to: "return undefined;",
      },
    ],
  },
  {
    name: "proposal of a generation repeated with another key",
    changes: [
      {
        file: "src/session/generation-exchange.ts",
        from: "    return this.#proposed?.body;\n",
        to: "    if (this.#proposed === undefined) return undefined;\n    this.#proposed = undefined;\n    return this.propose();\n",
      },
    ],
  },
  {
    name: "tie of two renewals not broken",
    changes: [
      {
        file: "src/session/renewal-exchange.ts",
        from: '    if (phase.kind === "proposed" && lineageRole === "initiator") return { kind: "ignored" };\n',
        to: "",
      },
    ],
  },
  {
    name: "nothing unanswered is repeated",
    changes: [
      {
        file: "src/session/lineage-exchanges.ts",
        from: "    if (this.#resendAt !== undefined && now.monotonic >= this.#resendAt) this.#resend(now);\n",
        to: "    if (this.#resendAt !== undefined && now.monotonic < this.#resendAt) this.#resend(now);\n    this.#resendAt = undefined;\n",
      },
    ],
  },
  {
    name: "old session erased when its renewal is agreed",
    changes: [
      {
        file: "src/session/phase-set.ts",
        from: "    if (proposer) this.#send(next);",
        to: "    if (!proposer) return;\n    this.#send(next);\n    this.#current.dispose();",
      },
    ],
  },
  {
    name: "overlap of a renewal dropped",
    changes: [
      {
        file: "src/session/phase-set.ts",
        from: "    this.#previous = { phase: from, expiresAt: now.monotonic + this.#grace };",
        to: "    from.dispose();\n    void this.#grace;",
      },
    ],
  },
  {
    name: "renewed session kept for ever",
    changes: [
      {
        file: "src/session/phase-set.ts",
        from: "    this.#previous = { phase: from, expiresAt: now.monotonic + this.#grace };",
        to: "    this.#previous = { phase: from, expiresAt: Infinity };\n    void this.#grace;",
      },
    ],
  },
  {
    name: "count of records begins again at a renewal",
    changes: [
      {
        file: "src/session/phase-set.ts",
        from: "phase.startOpeningAfter(this.#current.records.openedRecords);",
        to: "phase.startOpeningAfter(0n);",
      },
    ],
  },
  {
    name: "peer's limits ignored",
    changes: [
      {
        file: "src/session/limits.ts",
        from: "    const max = Math.min(ours.max, theirs.max);\n    return { warn: Math.min(ours.warn, theirs.warn, max - 1), max };",
        to: "    void theirs;\n    return ours;",
      },
    ],
  },
  {
    name: "limit passed by one",
    changes: [
      {
        file: "src/session/lifetime.ts",
        from: "counts.sentMessages + messages > limits.sentMessages.max)",
        to: "counts.sentMessages + messages > limits.sentMessages.max + 1)",
      },
    ],
  },
  {
    name: "health looks past the hard edge",
    changes: [
      {
        file: "src/session/lifetime.ts",
        from: "  status(now: Instant): SessionStatus {\n    const reason = this.expiredBy(now);",
        to: "  status(now: Instant): SessionStatus {\n    const reason = limitNames.find(name => this.#used(name, now) > this.limits[name].max);",
      },
    ],
  },
  {
    name: "age by the wall clock alone",
    changes: [
      {
        file: "src/session/lifetime.ts",
        from: "  return Math.max(now.wall - since.wall, now.monotonic - since.monotonic, 0);",
        to: "  return Math.max(now.wall - since.wall, 0);",
      },
    ],
  },
  {
    name: "age by the monotonic clock alone",
    changes: [
      {
        file: "src/session/lifetime.ts",
        from: "  return Math.max(now.wall - since.wall, now.monotonic - since.monotonic, 0);",
        to: "  return now.monotonic - since.monotonic;",
      },
    ],
  },
  {
    name: "lineage's age forgotten at a renewal",
    changes: [
      {
        file: "src/session/lineage-exchanges.ts",
        from: "const lineage = { at, age: age + Math.max(ownLeft - lineageLeft, 0) };",
        to: "void [at, age, ownLeft, lineageLeft];\n    const lineage = { at: now, age: 0 };",
      },
    ],
  },
  {
    name: "close not announced",
    changes: [
      {
        file: "src/session/session-lifecycle.ts",
        from: '      this.#lineage?.sendControl({ kind: "close", reason }, now);\n      this.#awaitingClose = true;',
        to: "      this.#awaitingClose = true;",
      },
    ],
  },
  {
    name: "forged datagram ends the session",
    changes: [
      {
        file: "src/session/session-lifecycle.ts",
        from: '    if (this.#options.delivery === "datagram" && isForgeable(error)) return;',
        to: '    if (this.#options.delivery === "datagram" && isForgeable(error) && error.code !== "record-forged") return;',
      },
    ],
  },
  {
    name: "clock read twice in one step",
    changes: [
      {
        file: "src/manager/session-driver.ts",
        from: "      return step(now);",
        to: "      return step(this.#clock.now());",
      },
    ],
  },
  {
    name: "path not resumed when the inbox has room",
    changes: [
      {
        file: "src/manager/inbox.ts",
        from: "      this.#paused = false;\n      this.#resume();",
        to: "      this.#paused = false;",
      },
    ],
  },
  {
    name: "ended session stays in the registry",
    changes: [
      {
        file: "src/manager/session-ledger.ts",
        from: "      const id = this.registry.remove(session);\n",
        to: "      const id: string | undefined = session.id;\n",
      },
    ],
  },
  {
    name: "events told after the end",
    changes: [
      {
        file: "src/session/session-output.ts",
        from: "    if (this.#ended) return;\n",
        to: "",
      },
    ],
  },
];
