// Known-bad changes of src/persistence, src/outbox and what resumes sessions: each must be found by the simulator.

export const storePatches = [
  {
    name: "durable message acknowledged before the inbox is stored",
    changes: [
      {
        file: "src/manager/durable-exchange.ts",
        from: '    await this.#journal.acknowledge(hex, seq, alongside);\n    const { link } = this.#transmitter;\n    if (link === undefined) return;\n    link.acknowledge({ kind: "acknowledged", incarnation: fromHex(hex)!, seq }, hex);\n',
        to: '    const storing = this.#journal.acknowledge(hex, seq, alongside);\n    this.#transmitter.link?.acknowledge({ kind: "acknowledged", incarnation: fromHex(hex)!, seq }, hex);\n    await storing;\n',
      },
    ],
  },
  {
    name: "durable message sent before it is stored",
    changes: [
      {
        file: "src/persistence/durable-journal.ts",
        from: "      const versions = await this.#writer.write(writes, alongsideOf(jobs, thrown));\n",
        to: "      sends.forEach(({ bytes }, i) => {\n        sender.stored(incarnation, first + BigInt(i));\n        this.rows.remember(incarnation, first + BigInt(i), bytes);\n      });\n      this.#events.changed();\n      const versions = await this.#writer.write(writes, alongsideOf(jobs, thrown));\n",
      },
    ],
  },
  {
    name: "fence not required",
    changes: [
      {
        file: "src/persistence/fence.ts",
        from: "      return (await this.#store.write([this.require(), ...writes], options)).slice(1);",
        to: "      return await this.#store.write(writes, options);",
      },
    ],
  },
  {
    name: "lost answer taken for a failure, under the old fence",
    changes: [
      {
        file: "src/persistence/durable-writer.ts",
        from: "      return this.#findOut(writes, error);",
        to: "      if (code !== undefined) throw error;\n      return this.#findOut(writes, error);",
      },
    ],
  },
  {
    name: "incarnation not fresh",
    changes: [
      {
        file: "src/persistence/durable-loading.ts",
        from: "  return incarnation(seal.random(incarnationLength), fence);",
        to: "  void seal;\n  return incarnation(new Uint8Array(incarnationLength).fill(Number(fence & 0xffn)), fence);",
      },
    ],
  },
  {
    name: "delivered messages forgotten when the channel is opened",
    changes: [
      {
        file: "src/persistence/durable-loading.ts",
        from: "      : decodeInbox(opened(seal, names.inbox, inboxCodec, inbox));",
        to: "      : { ...decodeInbox(opened(seal, names.inbox, inboxCodec, inbox)), delivered: [] };",
      },
    ],
  },
  {
    name: "peer that has gone back accepted",
    changes: [
      {
        file: "src/outbox/regression.ts",
        from: '      if (seen > own.last) return found("messages", incarnation.hex, own.last, seen);',
        to: "      if (seen > own.last) continue;",
      },
    ],
  },
  {
    name: "loss of durable messages not told",
    changes: [
      {
        file: "src/manager/durable-exchange.ts",
        from: "    for (const lost of [...own.lost, ...peers.lost]) this.#parts.onLost(lost, link);\n",
        to: "",
      },
    ],
  },
  {
    name: "nothing is sent again after a session has ended",
    changes: [
      {
        file: "src/outbox/durable-sender.ts",
        from: "    for (const lane of this.#lanes) lane.sent = lane.acknowledged;\n",
        to: "",
      },
    ],
  },
  {
    name: "resumption with the same nonce and ephemeral keys each time",
    changes: [
      {
        file: "src/session/resumption-initiator.ts",
        from: "    const nonce = Uint8Array.from(random(resumptionNonceLength));\n",
        to: "    random = length => new Uint8Array(length).fill(7);\n    const nonce = Uint8Array.from(random(resumptionNonceLength));\n",
      },
    ],
  },
  {
    name: "salt of what is stored not fresh",
    changes: [
      {
        file: "src/persistence/state-sealer.ts",
        from: "    const salt = this.#random(saltLength);",
        to: "    const salt = new Uint8Array(saltLength);",
      },
    ],
  },
];
