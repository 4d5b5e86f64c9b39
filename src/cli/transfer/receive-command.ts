import { mkdir } from "node:fs/promises";
import { Command } from "commander";
import type { ByteStream, Session } from "../../index.js";
import { exitCode } from "../exit-codes.js";
import { CommandError, failureText } from "../failure.js";
import { runWithSessions, type Running } from "../session-command.js";
import { otherLabel } from "../stream-codes.js";
import { FileReceiver } from "./file-receiver.js";
import { meet, withMeetingOptions, type MeetingOptions } from "./meeting.js";
import { bytesText, Progress } from "./progress.js";
import { transferLabel } from "./transfer-protocol.js";

interface ReceiveOptions extends MeetingOptions {
  readonly force?: true;
  readonly once?: true;
}

/** `bowline receive`: takes files into a folder. */
export function receiveCommand(): Command {
  return withMeetingOptions(new Command("receive"))
    .summary("take files into a folder")
    .description(
      "Takes files from peers that run bowline send. A file that is on its way is NAME.part, beside NAME.part.json; it goes on " +
        "where it was cut. No file that is there is overwritten, and no name leads out of the folder. With --listen it runs until it is stopped.",
    )
    .argument("<DIR>", "the folder; it is made where it is missing")
    .option("--force", "overwrite files that are there")
    .option("--once", "end when a sender has sent what it has")
    .addHelpText(
      "after",
      "\nExamples:\n  bowline receive inbox --key me.key --listen tcp://0.0.0.0:7000 --allow ID\n" +
        "  bowline receive inbox --key me.key --connect tcp://192.0.2.7:7000 --peer ID",
    )
    .action(async (folder: string, options: ReceiveOptions) => {
      let receiver: FileReceiver | undefined;
      const progress = new Progress(options.json !== true);
      await runWithSessions(
        options,
        async running => {
          await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
            const code = (cause as NodeJS.ErrnoException).code ?? "no system code";
            const message = `${folder} can't be made (${code}): check the path and its rights.`;
            throw new CommandError("folder-failed", exitCode.transfer, message, { cause });
          });
          running.reporter.onLine = progress.clear;
          receiver = new FileReceiver(folder, options.force === true, progress);
          await receive(receiver, options, running);
        },
        { isServing: () => receiver?.busy !== true },
      );
    });
}

async function receive(receiver: FileReceiver, options: ReceiveOptions, running: Running): Promise<void> {
  const meeting = await meet(options, running);
  const isOne = options.once === true || !meeting.listens;
  for (let session = await meeting.next(); session !== undefined; session = await meeting.next()) {
    const serving = serve(session, receiver, running);
    if (!isOne) {
      void serving.catch(() => undefined);
      continue;
    }
    // A sender that was cut comes again; one that is done, or was refused, does not.
    const served = await serving;
    if (served.isOver || running.signal.aborted) return;
    if (!meeting.listens) {
      throw new CommandError(
        "cut",
        exitCode.network,
        `${failureText(served.error)} Run the same command again to go on.`,
      );
    }
  }
}

interface Served {
  /** Whether the sender has said that it is done. */
  readonly isOver: boolean;
  readonly error: unknown;
}

async function serve(session: Session, receiver: FileReceiver, running: Running): Promise<Served> {
  const taking: Promise<void>[] = [];
  let error: unknown;
  const stop = (): void => void session.close("going-away").catch(() => undefined);
  running.signal.addEventListener("abort", stop, { once: true });
  if (running.signal.aborted) stop();
  try {
    for await (const stream of session.incomingStreams()) {
      if (stream.label === transferLabel) taking.push(take(stream, session, receiver, running));
      else stream.reset(otherLabel);
    }
  } catch (reason) {
    error = reason;
  }
  await Promise.all(taking);
  const end = await session.ended;
  running.signal.removeEventListener("abort", stop);
  return { isOver: end.kind === "closed", error: end.kind === "closed" ? undefined : (error ?? end.error) };
}

async function take(
  stream: ByteStream,
  session: Session,
  receiver: FileReceiver,
  { reporter }: Running,
): Promise<void> {
  try {
    const { name, bytes, resumedAt, sha256, seconds } = await receiver.receive(stream, session.peer);
    const resumed = resumedAt > 0 ? `, gone on at ${bytesText(resumedAt)}` : "";
    reporter.tell(
      "received",
      { name, bytes, resumedAt, sha256, seconds, peer: session.peer },
      `received ${name}: ${bytesText(bytes)} in ${seconds.toFixed(1)} s${resumed}, SHA-256 ${sha256}`,
    );
  } catch (error) {
    const message = failureText(error);
    reporter.tell("not-received", { peer: session.peer, message }, `a file was not received: ${message}`);
  }
}
