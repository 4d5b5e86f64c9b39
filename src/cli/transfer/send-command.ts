import { Command } from "commander";
import type { Session } from "../../index.js";
import { Backoff } from "../backoff.js";
import { failureText } from "../failure.js";
import { isPassing } from "../retryable.js";
import { runWithSessions, secondsOption, type Running } from "../session-command.js";
import { openToSend, sendFile } from "./file-sender.js";
import { meet, withMeetingOptions, type MeetingOptions } from "./meeting.js";
import { bytesText, Progress } from "./progress.js";

interface SendOptions extends MeetingOptions {
  /** Milliseconds. */
  readonly retry: number;
}

/** `bowline send`: sends files. */
export function sendCommand(): Command {
  return withMeetingOptions(new Command("send"))
    .summary("send files to a peer that receives")
    .description(
      "Sends files to a peer that runs bowline receive, and checks by SHA-256 that they arrived as they are. What is cut goes on " +
        "where it was: by itself for a while, or when the same command runs again.",
    )
    .argument("<FILE...>", "what to send")
    .addOption(secondsOption("--retry <SECONDS>", "how long to try to go on after a cut", 60))
    .addHelpText(
      "after",
      "\nExamples:\n  bowline send photos.tar --key me.key --connect tcp://192.0.2.7:7000 --peer ID\n" +
        "  bowline send photos.tar --key me.key --listen tcp://0.0.0.0:7000 --allow ID",
    )
    .action((paths: string[], options: SendOptions) =>
      runWithSessions(options, running => send(paths, options, running)),
    );
}

async function send(paths: readonly string[], options: SendOptions, running: Running): Promise<void> {
  for (const path of paths) await (await openToSend(path)).close();
  const meeting = await meet(options, running);
  const progress = new Progress(!running.reporter.json);
  running.reporter.onLine = progress.clear;
  const left = [...paths];
  const backoff = new Backoff();
  let deadline = Number.POSITIVE_INFINITY;
  let metBefore = false;
  while (left.length > 0 && !running.signal.aborted) {
    try {
      const session = await meeting.next();
      if (session === undefined) return;
      metBefore = true;
      await sendThrough(session, left, running, progress, () => {
        deadline = Number.POSITIVE_INFINITY;
        backoff.reset();
      });
    } catch (error) {
      if (running.signal.aborted) return;
      if (!metBefore || !isPassing(error, true)) throw error;
      deadline = Math.min(deadline, performance.now() + options.retry);
      if (performance.now() >= deadline) throw error;
      const delay = backoff.next();
      const message = failureText(error);
      running.reporter.tell(
        "cut",
        { message, retryIn: delay / 1000 },
        `${message} Going on in ${(delay / 1000).toFixed(1)} s.`,
      );
      await Backoff.wait(delay, running.signal);
    }
  }
}

/** Sends what is left through one session. */
async function sendThrough(
  session: Session,
  left: string[],
  { reporter, signal }: Running,
  progress: Progress,
  onMove: () => void,
): Promise<void> {
  try {
    for (let path = left[0]; path !== undefined; path = left[0]) {
      const sent = await sendFile(session, path, progress, onMove, signal);
      left.shift();
      const { name, bytes, resumedAt, sha256, seconds } = sent;
      const resumed = resumedAt > 0 ? `, gone on at ${bytesText(resumedAt)}` : "";
      reporter.tell(
        "sent",
        { file: path, name, bytes, resumedAt, sha256, seconds },
        `sent ${name}: ${bytesText(bytes)} in ${seconds.toFixed(1)} s${resumed}, SHA-256 ${sha256}`,
      );
    }
  } finally {
    await session.close().catch(() => undefined);
  }
}
