// How both kinds of peers come to the server: from many addresses of this machine, as a crowd does, and no faster than it lets them.
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A socket from `localAddress`, connected, as `attach` wants it. */
export async function socketFrom(localAddress, address) {
  const [, host, port] = /^tcp:\/\/(.*):(\d+)$/.exec(address);
  const socket = connect({
    host,
    port: Number(port),
    localAddress,
    allowHalfOpen: true,
    noDelay: true,
  });
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** `count` sessions with `id`, of one manager. `network`: 1 to 254, 127.network.x.y are their addresses. */
export async function join(manager, { address, id, count, network }) {
  const sessions = [];
  let begun = 0;
  const one = async number => {
    const localAddress = `127.${network}.${1 + (number >> 6)}.${1 + (number & 3)}`;
    for (let attempt = 1; ; attempt++) {
      try {
        return await manager.attach(await socketFrom(localAddress, address), { peer: id });
      } catch (error) {
        if (attempt === 20) throw error;
        await sleep(200 * attempt);
      }
    }
  };
  const worker = async () => {
    while (begun < count) sessions.push(await one(begun++));
  };
  await Promise.all(Array.from({ length: Math.min(count, 64) }, worker));
  return sessions;
}
