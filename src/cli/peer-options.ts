import type { ConnectOptions, PeerId, Session, SessionManager } from "../index.js";
import { SessionError } from "../index.js";
import type { SessionAddress } from "./address.js";
import { checkId } from "./allow-list.js";
import { exitCode } from "./exit-codes.js";
import { CommandError, UsageError } from "./failure.js";
import { fingerprintOf } from "./fingerprint.js";
import { addKnownPeer, defaultKnownPeersFile, knownPeerAt, type KnownPeer } from "./known-peers.js";
import type { Reporter } from "./reporter.js";

/** Whom to expect at the far end. */
export interface PeerOptions {
  readonly peer?: PeerId;
  readonly trustFirst?: true;
  readonly knownPeers?: string;
}

interface Expectation {
  readonly options: ConnectOptions;
  /** The error behind a refusal by the policy, if it was this end's. */
  refusal(): CommandError | undefined;
  /** Once the session is there. */
  established(session: Session): Promise<void>;
}

/** Opens a session with whom the options expect: the id that is given, the one that is known, or the first that comes. */
export async function connectToPeer(
  manager: SessionManager,
  address: SessionAddress,
  options: PeerOptions,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Session> {
  const expectation = await expect(address, options, reporter);
  let session: Session;
  try {
    session = await manager.connect(address.connector(), { ...expectation.options, signal });
  } catch (error) {
    throw expectation.refusal() ?? clearer(error, address, options);
  }
  await expectation.established(session);
  return session;
}

/** Whether the options say whom to expect at `address`. @throws UsageError where they do not */
export async function checkPeerOptions(
  address: SessionAddress,
  options: PeerOptions,
  reporter: Reporter,
): Promise<void> {
  await expect(address, options, reporter);
}

async function expect(
  address: SessionAddress,
  { peer, trustFirst, knownPeers }: PeerOptions,
  reporter: Reporter,
): Promise<Expectation> {
  if (peer !== undefined) {
    checkId(peer, "--peer");
    return { options: { peer }, refusal: () => undefined, established: () => Promise.resolve() };
  }
  const file = knownPeers ?? defaultKnownPeersFile();
  const known = await knownPeerAt(file, address.text);
  if (known !== undefined) return expectKnown(known, file);
  if (trustFirst !== true) {
    throw new UsageError(
      `Nobody is known at ${address.text}: give the far end's id by --peer, or --trust-first to pin the key that it shows now.`,
    );
  }
  return {
    options: { trust: () => true },
    refusal: () => undefined,
    established: async session => {
      await addKnownPeer(file, address.text, session.peer);
      const fingerprint = fingerprintOf(session.peer);
      reporter.tell(
        "pinned",
        { address: address.text, id: session.peer, fingerprint, file },
        `pinned ${session.peer} (${fingerprint}) for ${address.text} in ${file}: compare it with what the far end's bowline id shows`,
      );
    },
  };
}

function expectKnown(known: KnownPeer, file: string): Expectation {
  let refusal: CommandError | undefined;
  return {
    options: {
      trust: ({ id }) => {
        if (id !== known.id) refusal = keyChanged(known, id, file);
        return id === known.id;
      },
    },
    refusal: () => refusal,
    established: () => Promise.resolve(),
  };
}

function keyChanged(known: KnownPeer, shown: PeerId, file: string): CommandError {
  return new CommandError(
    "known-key-changed",
    exitCode.keyChanged,
    `THE KEY OF ${known.address} HAS CHANGED: somebody may be in between. Known is ${fingerprintOf(known.id)} (line ${known.line} of ${file}), ` +
      `shown was ${fingerprintOf(shown)}. No data was sent. Ask the owner of the far end whether the key is new; if so, remove line ${known.line} ` +
      `and connect with --peer ${shown}, or with --trust-first.`,
  );
}

/** The library's error, with what only the command knows. */
function clearer(error: unknown, address: SessionAddress, { peer }: PeerOptions): unknown {
  if (!SessionError.is(error, "peer-mismatch") || peer === undefined) return error;
  return new CommandError(
    "peer-mismatch",
    exitCode.peer,
    `The far end at ${address.text} is not ${fingerprintOf(peer)} (--peer ${peer.slice(0, 8)}...): no data was sent. Check the address, and ask the far end for what bowline id shows.`,
    { cause: error },
  );
}
