// The honest part of the crowd: now and then one of them asks, and notes how long the answer takes.
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Identity, SessionManager } from "bowline";
import { join } from "./joining.mjs";

const request = new Uint8Array(64).fill(1);
let sessions = [];

const answers = {
  async join({ suite, ...rest }) {
    const manager = new SessionManager({ identity: Identity.generate(), floor: suite, prefer: suite });
    sessions = await join(manager, { ...rest, network: 1 });
    return {};
  },
  async talk({ seconds, rate }) {
    const latencies = [];
    const total = seconds * rate;
    let [asked, failed] = [0, 0];
    const ask = async session => {
      const begin = performance.now();
      await session.send(request);
      if ((await session.receive()) === undefined) throw new Error("closed");
      latencies.push(performance.now() - begin);
    };
    const waiting = new Set();
    const begin = performance.now();
    // Each is asked, the last ones too where this process was late.
    for (; asked < total; await sleep(1)) {
      const due = Math.min(total, ((performance.now() - begin) / 1000) * rate);
      for (; asked < due; asked++) {
        const answer = ask(sessions[asked % sessions.length]).catch(() => failed++);
        waiting.add(answer);
        void answer.finally(() => waiting.delete(answer));
      }
    }
    await Promise.race([Promise.all(waiting), sleep(20_000)]);
    return { latencies, failed, unanswered: waiting.size };
  },
};

process.on("message", async question => process.send(await answers[question.do](question)));
process.on("disconnect", () => process.exit());
