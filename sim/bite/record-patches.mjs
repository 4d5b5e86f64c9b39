// Known-bad changes of src/record: each must be found by the simulator.

export const recordPatches = [
  {
    name: "nonce reused",
    changes: [
      {
        file: "src/record/sealing-key.ts",
        from: "    this.#next.increment();\n    this.#key.sealRecord",
        to: "    this.#key.sealRecord",
      },
    ],
  },
  {
    name: "rotation without a new chain secret",
    changes: [
      {
        file: "src/record/record-sealer.ts",
        from: 'const key = deriveRecordKey(this.#crypto, chain, "frame");\n    this.#sealedBefore',
        to: 'const key = deriveRecordKey(this.#crypto, this.#chain, "frame");\n    this.#sealedBefore',
      },
    ],
  },
  {
    name: "chain derived under the wrong rotation number",
    changes: [
      {
        file: "src/record/record-sealer.ts",
        from: "deriveNextChainSecret(this.#crypto, this.#chain, this.#rotation + 1)",
        to: "deriveNextChainSecret(this.#crypto, this.#chain, this.#rotation)",
      },
    ],
  },
  {
    name: "replay window moved before the tag",
    changes: [
      {
        file: "src/record/record-opener.ts",
        from: "    const plaintext = epoch.key(use)!.openRecord(record, associatedData, output);",
        to: "    epoch.guard(use).mark(high, low);\n    const plaintext = epoch.key(use)!.openRecord(record, associatedData, output);",
      },
      {
        file: "src/record/record-opener.ts",
        from: "    epoch.guard(use).mark(high, low);\n    return plaintext;",
        to: "    return plaintext;",
      },
    ],
  },
  {
    name: "replay window not checked",
    changes: [
      {
        file: "src/record/record-opener.ts",
        from: '    if (verdict !== "fresh") throw refused(verdict);',
        to: '    if (verdict === "record-out-of-order") throw refused(verdict);',
      },
    ],
  },
  {
    name: "gaps accepted where order is kept",
    changes: [
      {
        file: "src/record/in-order-counter.ts",
        from: '    if (ahead === 0) return "fresh";',
        to: '    if (ahead >= 0) return "fresh";',
      },
      {
        file: "src/record/in-order-counter.ts",
        from: "  mark(): void {\n    this.#next.increment();",
        to: "  mark(high: number, low: number): void {\n    this.#next.moveTo(high, low);\n    this.#next.increment();",
      },
    ],
  },
  {
    name: "records before the epoch not bound",
    changes: [
      {
        file: "src/record/frame-sealer.ts",
        from: "associatedData.count = this.#sealer.sealedBefore;",
        to: "associatedData.count = 0n;",
      },
      {
        file: "src/record/frame-opener.ts",
        from: "this.#associatedData.count = this.#opener.openedBefore(epoch);",
        to: "this.#associatedData.count = 0n;",
      },
    ],
  },
  {
    name: "session id not bound",
    changes: [
      { file: "src/record/frame.ts", from: "    this.bytes.set(sessionId, sessionIdOffset);\n", to: "" },
    ],
  },
  {
    name: "frame type not bound",
    changes: [
      { file: "src/record/frame.ts", from: "    this.bytes[typeOffset] = type;", to: "    void type;" },
    ],
  },
  {
    name: "older epochs erased at once",
    changes: [
      {
        file: "src/record/epochs.ts",
        from: "const older = [...passed, ...this.#older].slice(0, maxKeptEpochs - 1);",
        to: "const older: ReceivingEpoch[] = [];",
      },
    ],
  },
  {
    name: "grace of older epochs never ends",
    changes: [
      {
        file: "src/record/epochs.ts",
        from: "old.expiresAt = Math.min(old.expiresAt, now + this.#grace);",
        to: "old.expiresAt = Infinity;",
      },
    ],
  },
  {
    name: "older generation erased at once",
    changes: [
      {
        file: "src/record/generation-opener.ts",
        from: '    if (this.ordering === "in-order") this.#current.opener.closeFrames();\n    this.#dropPrevious();\n    this.#previous = { ...this.#current, expiresAt: now.monotonic + this.#options.grace };',
        to: "    this.#dropPrevious();\n    this.#current.opener.dispose();",
      },
    ],
  },
  {
    name: "sealing key of a generation gone by kept",
    changes: [
      {
        file: "src/record/generation-sealer.ts",
        from: "    this.#current.dispose();\n    this.#current = next;",
        to: "    this.#current = next;",
      },
    ],
  },
];
