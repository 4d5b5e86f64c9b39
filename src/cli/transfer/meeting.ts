import type { Command } from "commander";
import type { Session } from "../../index.js";
import { acceptPeers } from "../accept-peers.js";
import { parseSessionAddress } from "../address.js";
import { UsageError } from "../failure.js";
import { connectToPeer } from "../peer-options.js";
import {
  withAllowOptions,
  withPeerOptions,
  withSessionOptions,
  type Running,
  type SessionOptions,
} from "../session-command.js";

/** Either end of a transfer may be the one that listens. */
export interface MeetingOptions extends SessionOptions {
  readonly listen?: string;
  readonly connect?: string;
}

export function withMeetingOptions(command: Command): Command {
  return withAllowOptions(
    withPeerOptions(
      withSessionOptions(command)
        .option("--connect <URL>", "connect to the other end: tcp://HOST:PORT or ws://HOST:PORT/path")
        .option("--listen <URL>", "or wait for it there; then --allow says who may come"),
    ),
  );
}

/** Where sessions come from. */
export interface Meeting {
  readonly listens: boolean;
  /** The next session; undefined where the command is to end. */
  next(): Promise<Session | undefined>;
}

/** Listens, or gets ready to connect. */
export async function meet(options: MeetingOptions, running: Running): Promise<Meeting> {
  const { manager, reporter, signal } = running;
  if ((options.connect === undefined) === (options.listen === undefined)) {
    throw new UsageError("Give --connect URL, or --listen URL at the end that waits, and not both.");
  }
  if (options.connect !== undefined) {
    const address = parseSessionAddress(options.connect, "--connect");
    return {
      listens: false,
      next: async () => {
        if (signal.aborted) return undefined;
        const session = await connectToPeer(manager, address, options, reporter, signal);
        told(session, running);
        return session;
      },
    };
  }
  const acceptor = await acceptPeers(options.listen!, "--listen", options, running);
  return {
    listens: true,
    next: async () => {
      const session = await acceptor.next();
      if (session !== undefined) told(session, running);
      return session;
    },
  };
}

function told({ id, peer, remote }: Session, { reporter }: Running): void {
  reporter.tell(
    "connected",
    { session: id, peer, remote },
    `connected with ${peer.slice(0, 8)} at ${remote}`,
  );
}
