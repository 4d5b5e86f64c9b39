import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import type { Session, SessionStatus } from "../index.js";
import { parseSessionAddress } from "./address.js";
import { endText, eventFacts, eventText } from "./event-report.js";
import { fingerprintOf } from "./fingerprint.js";
import { connectToPeer } from "./peer-options.js";
import type { Reporter } from "./reporter.js";
import {
  runWithSessions,
  secondsOption,
  withPeerOptions,
  withSessionOptions,
  type SessionOptions,
} from "./session-command.js";

interface InspectOptions extends SessionOptions {
  /** Milliseconds. */
  readonly interval: number;
}

/** `bowline inspect`: a session's life as it happens. */
export function inspectCommand(): Command {
  return withPeerOptions(withSessionOptions(new Command("inspect")))
    .summary("watch a session's life as it happens")
    .description(
      "Opens a session with whoever listens at URL, and shows its health, its metrics and its events until one end closes it. " +
        "It sends no message. To watch the sessions of another sub-command, give that one --inspect.",
    )
    .argument("<URL>", "where the far end listens: tcp://HOST:PORT or ws://HOST:PORT/path")
    .addOption(secondsOption("--interval <SECONDS>", "how often health and metrics are shown", 1))
    .addHelpText(
      "after",
      "\nExamples:\n  bowline inspect tcp://192.0.2.7:7000 --key me.key --peer ID\n  bowline inspect tcp://192.0.2.7:7000 --key me.key --peer ID --json | jq .",
    )
    .action((url: string, options: InspectOptions) =>
      runWithSessions(
        options,
        async ({ manager, reporter, signal }) => {
          const address = parseSessionAddress(url, "URL");
          const { json } = reporter;
          if (options.inspect !== true) {
            const show = async (): Promise<void> => {
              for await (const event of manager.events()) {
                if (json) reporter.print(eventFacts(event));
                else process.stdout.write(`${time(event.at)}  ${eventText(event)}\n`);
              }
            };
            show().catch(() => undefined);
          }
          const session = await connectToPeer(manager, address, options, reporter, signal);
          await watch(session, reporter, options.interval, signal);
        },
        { isServing: () => true },
      ),
    );
}

async function watch(
  session: Session,
  reporter: Reporter,
  interval: number,
  signal: AbortSignal,
): Promise<void> {
  const { end } = await new Promise<{ end: Awaited<Session["ended"]> | undefined }>(resolve => {
    void session.ended.then(reached => resolve({ end: reached }));
    signal.addEventListener("abort", () => resolve({ end: undefined }));
    void showStatus(session, reporter, interval, signal);
  });
  if (end === undefined) return;
  if (end.kind === "closed") reporter.line(`the session ${endText(end)}`);
  else throw end.error;
}

async function showStatus(
  session: Session,
  reporter: Reporter,
  interval: number,
  signal: AbortSignal,
): Promise<void> {
  const pause = Math.max(interval, 50);
  while (session.state.name !== "ended" && !signal.aborted) {
    const health = session.checkHealth();
    const metrics = session.metrics();
    if (reporter.json) {
      const { id, peer, suite, role, remote } = session;
      const facts = { session: id, peer, fingerprint: fingerprintOf(peer), suite, role, remote };
      reporter.print({ event: "status", at: new Date(Date.now()).toISOString(), ...facts, health, metrics });
    } else {
      const { sent, received } = metrics;
      process.stdout.write(
        `${time(Date.now())}  ${session.id.slice(0, 8)} ${healthText(health)}; ` +
          `sent ${sent.records} records, ${sent.bytes} bytes; received ${received.records} records, ${received.bytes} bytes; ` +
          `rotations ${sent.rotations}/${received.rotations}, generations ${metrics.generations}, renewals ${metrics.renewals}\n`,
      );
    }
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}

function healthText(health: SessionStatus): string {
  switch (health.status) {
    case "healthy":
      return `healthy for ${Math.floor(Math.min(health.remaining.age, health.remaining.idle, health.remaining.lineageAge) / 1000)} s more`;
    case "near-expiry":
      return `near its limit ${health.reason} (${health.left} left)`;
    case "expired":
      return `expired (${health.reason})`;
    case "handshaking":
    case "ended":
      return health.status;
  }
}

function time(wall: number): string {
  return new Date(wall).toISOString().slice(11, 23);
}
