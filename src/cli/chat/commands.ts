import { Command } from "commander";
import type { Acceptor, ByteStream, Session } from "../../index.js";
import { acceptPeers } from "../accept-peers.js";
import { parseSessionAddress } from "../address.js";
import { fingerprintOf } from "../fingerprint.js";
import { connectToPeer } from "../peer-options.js";
import {
  runWithSessions,
  withAllowOptions,
  withPeerOptions,
  withSessionOptions,
  type Running,
  type SessionOptions,
} from "../session-command.js";
import { otherLabel, streamFailure } from "../stream-codes.js";
import { conversationLabel, converse } from "./conversation.js";

/** `bowline listen` and `bowline connect`: a chat on terminals, a pipe elsewhere. */
export function chatCommands(): readonly Command[] {
  return [listenCommand(), connectCommand()];
}

function listenCommand(): Command {
  return withAllowOptions(withSessionOptions(new Command("listen")))
    .summary("wait for a peer: a chat on a terminal, bytes in a pipe")
    .description(
      "Waits at URL for one allowed peer that runs bowline connect. On a terminal the two chat line by line; where standard input " +
        "or output is a pipe or a file, bytes go through as they are, and an end of input ends that direction.",
    )
    .argument("<URL>", "where to listen: tcp://HOST:PORT or ws://HOST:PORT/path")
    .addHelpText(
      "after",
      "\nExamples:\n  bowline listen tcp://0.0.0.0:7000 --key me.key --allow ID\n" +
        "  bowline listen tcp://0.0.0.0:7000 --key me.key --allow ID > backup.tar < /dev/null",
    )
    .action((url: string, options: SessionOptions) =>
      runWithSessions(options, running => listen(url, options, running)),
    );
}

function connectCommand(): Command {
  return withPeerOptions(withSessionOptions(new Command("connect")))
    .summary("go to a peer that listens: a chat on a terminal, bytes in a pipe")
    .description(
      "Connects to a peer that runs bowline listen at URL. On a terminal the two chat line by line; where standard input or output " +
        "is a pipe or a file, bytes go through as they are, and an end of input ends that direction.",
    )
    .argument("<URL>", "where the peer listens: tcp://HOST:PORT or ws://HOST:PORT/path")
    .addHelpText(
      "after",
      "\nExamples:\n  bowline connect tcp://192.0.2.7:7000 --key me.key --peer ID\n" +
        "  bowline connect tcp://192.0.2.7:7000 --key me.key --trust-first\n" +
        "  tar c folder | bowline connect tcp://192.0.2.7:7000 --key me.key --peer ID",
    )
    .action((url: string, options: SessionOptions) =>
      runWithSessions(options, running => connect(url, options, running)),
    );
}

async function listen(url: string, options: SessionOptions, running: Running): Promise<void> {
  const acceptor = await acceptPeers(url, "URL", options, running);
  const first = await firstStream(acceptor);
  if (first === undefined) return;
  await acceptor.close();
  await hold(first.session, first.stream, running);
}

/** The first stream for a conversation, of whichever session; undefined where the acceptor closes before. */
async function firstStream(
  acceptor: Acceptor,
): Promise<{ readonly session: Session; readonly stream: ByteStream } | undefined> {
  return new Promise(resolve => {
    let taken = false;
    const look = async (session: Session): Promise<void> => {
      for await (const stream of session.incomingStreams()) {
        if (stream.label !== conversationLabel) stream.reset(otherLabel);
        else if (taken) stream.reset();
        else {
          taken = true;
          resolve({ session, stream });
        }
      }
    };
    const take = async (): Promise<void> => {
      for await (const session of acceptor) void look(session).catch(() => undefined);
      resolve(undefined);
    };
    void take();
  });
}

async function connect(url: string, options: SessionOptions, running: Running): Promise<void> {
  const { manager, reporter, signal } = running;
  const session = await connectToPeer(manager, parseSessionAddress(url, "URL"), options, reporter, signal);
  await hold(session, session.openStream({ label: conversationLabel }), running);
}

async function hold(session: Session, stream: ByteStream, { reporter, signal }: Running): Promise<void> {
  const { id, peer, remote } = session;
  const fingerprint = fingerprintOf(peer);
  reporter.tell(
    "connected",
    { session: id, peer, fingerprint, remote },
    `connected with ${peer.slice(0, 8)} (${fingerprint}) at ${remote}`,
  );
  try {
    await converse(stream, reporter, signal);
  } catch (error) {
    throw streamFailure(error, stream);
  }
  await session.close();
  if (reporter.json) reporter.print({ event: "ended" });
}
