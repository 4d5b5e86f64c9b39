import { Command } from "commander";
import { acceptPeers } from "../accept-peers.js";
import { parseHostPort, parseSessionAddress } from "../address.js";
import { UsageError } from "../failure.js";
import { checkPeerOptions, connectToPeer } from "../peer-options.js";
import {
  runWithSessions,
  secondsOption,
  withAllowOptions,
  withPeerOptions,
  withSessionOptions,
  type Running,
  type SessionOptions,
} from "../session-command.js";
import { runFarEnd } from "./far-end.js";
import { runNearEnd } from "./near-end.js";

interface ForwardOptions extends SessionOptions {
  readonly listen?: string;
  readonly to?: string;
  readonly connect?: string;
  readonly from?: string;
  /** Milliseconds. */
  readonly wait: number;
  /** Milliseconds. */
  readonly keepAlive: number;
}

/** Connections at a time. Each may hold two windows of 256 KiB, and all together 16 MiB more. */
const maxStreams = 1024;

const examples = `
Examples:
  At the far end, which reaches a web server at 127.0.0.1:80:
    bowline forward --key far.key --allow NEAR_ID --listen tcp://0.0.0.0:7000 --to 127.0.0.1:80
  At the near end, where programs then connect to 127.0.0.1:8080:
    bowline forward --key near.key --peer FAR_ID --connect tcp://192.0.2.7:7000 --from 127.0.0.1:8080`;

/** `bowline forward`: a TCP tunnel. */
export function forwardCommand(): Command {
  const command = new Command("forward")
    .summary("a TCP tunnel, many connections through one session")
    .description(
      "Carries TCP connections through one encrypted session. The far end (--listen, --to) takes sessions and connects to the " +
        "target; the near end (--connect, --from) takes the connections. The near end makes the session anew when it is lost. " +
        "Runs until it is stopped.",
    )
    .option("--listen <URL>", "far end: where to take sessions, tcp://HOST:PORT or ws://HOST:PORT/path")
    .option("--to <HOST:PORT>", "far end: what to connect to")
    .option("--connect <URL>", "near end: where the far end listens")
    .option("--from <HOST:PORT>", "near end: where to take connections");
  return withAllowOptions(withPeerOptions(withSessionOptions(command)))
    .addOption(
      secondsOption("--wait <SECONDS>", "near end: how long a connection waits for a lost session", 10),
    )
    .addOption(
      secondsOption("--keep-alive <SECONDS>", "near end: how often to ask whether the far end is there", 15),
    )
    .addHelpText("after", examples)
    .action((options: ForwardOptions) =>
      runWithSessions(options, running => forward(options, running), { isServing: () => true, maxStreams }),
    );
}

async function forward(options: ForwardOptions, running: Running): Promise<void> {
  const { listen, to, connect, from, allow, allowFile, peer, trustFirst } = options;
  if (listen !== undefined && to !== undefined && connect === undefined && from === undefined) {
    if (peer !== undefined || trustFirst !== undefined) {
      throw new UsageError(
        "--peer and --trust-first belong to the near end (--connect): give --allow or --allow-file with --listen.",
      );
    }
    return forwardFar(listen, to, options, running);
  }
  if (connect !== undefined && from !== undefined && listen === undefined && to === undefined) {
    if (allow !== undefined || allowFile !== undefined) {
      throw new UsageError(
        "--allow and --allow-file belong to the far end (--listen): give --peer or --trust-first with --connect.",
      );
    }
    return forwardNear(connect, from, options, running);
  }
  throw new UsageError(
    "Give --listen and --to at the far end, or --connect and --from at the near one. See bowline forward --help.",
  );
}

async function forwardFar(
  listen: string,
  to: string,
  options: ForwardOptions,
  running: Running,
): Promise<void> {
  const target = parseHostPort(to, "--to");
  const acceptor = await acceptPeers(listen, "--listen", options, running);
  await runFarEnd({ acceptor, to: target, reporter: running.reporter });
}

async function forwardNear(
  connect: string,
  from: string,
  options: ForwardOptions,
  { manager, reporter, signal }: Running,
): Promise<void> {
  const address = parseSessionAddress(connect, "--connect");
  const near = parseHostPort(from, "--from", true);
  await checkPeerOptions(address, options, reporter);
  const { wait, keepAlive } = options;
  await runNearEnd({
    from: near,
    open: opening => connectToPeer(manager, address, options, reporter, opening),
    reporter,
    signal,
    wait,
    keepAlive,
  });
}
