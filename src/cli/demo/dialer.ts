import { Identity, SessionError, SessionManager, type ErrorCode } from "../../index.js";
import { tcp } from "../../transports/tcp.js";
import { Endpoint } from "./endpoint.js";
import { makeFile, sendFile } from "./file-sender.js";
import type { DialerCalls } from "./process-calls.js";
import { serveCalls } from "./process-server.js";

/** The process that opens sessions. */
export function serveAsDialer(): void {
  const endpoint = new Endpoint();

  serveCalls<DialerCalls>({
    ...endpoint.calls(),
    connect: async ({ address, peer }) => {
      const session = await endpoint.manager.connect(tcp(address), { peer });
      endpoint.add(session);
      return { session: session.id, suite: session.suite };
    },
    tryConnect: async ({ address, peer, as }) => {
      if (as === "myself") return refusalOf(endpoint.manager, address, peer);
      const stranger = new SessionManager({ identity: Identity.generate() });
      try {
        return await refusalOf(stranger, address, peer);
      } finally {
        await stranger.close();
      }
    },
    makeFile: ({ path, bytes }) => makeFile(path, bytes),
    sendFile: ({ session, path }) => sendFile(endpoint.session(session), path),
  });
}

/** The code with which a session was refused; undefined where there was one. */
async function refusalOf(
  manager: SessionManager,
  address: string,
  peer: string,
): Promise<ErrorCode | undefined> {
  try {
    const session = await manager.connect(tcp(address), { peer });
    await session.close();
    return undefined;
  } catch (error) {
    if (SessionError.is(error)) return error.code;
    throw error;
  }
}
