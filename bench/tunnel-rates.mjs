// What programs get through a tunnel of ours and through one of others, in rounds.
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, listens, needPrograms, output, programPath, withProcesses } from "./programs.mjs";
import { inRounds } from "./measure.mjs";
import { openTunnel, tunnelPrograms } from "./tunnels.mjs";

/** Opens ours and that of `kind` to a server that `serve` starts, and measures through both. */
function throughBoth({ rounds }, kind, serve, measure) {
  return withProcesses(async processes => {
    const to = await freePort();
    serve(processes, to);
    await listens(to);
    const ours = await openTunnel(processes, "bowline", to);
    const peer = await openTunnel(processes, kind, to);
    return { pairs: await inRounds(rounds, [() => measure(ours), () => measure(peer)]) };
  });
}

/** MiB a second that have arrived. Its server takes one at a time: what another has left in a tunnel must be over first. */
async function iperf3(port, seconds) {
  for (let attempt = 1; ; attempt++) {
    const args = ["-c", "127.0.0.1", "-p", String(port), "-t", seconds, "-J"];
    const { end, error } = JSON.parse(await output(programPath("iperf3"), args, [0, 1]));
    if (end?.sum_received !== undefined) return end.sum_received.bits_per_second / 8 / 1_048_576;
    if (attempt === 40) throw new Error(`iperf3: ${error}`);
    await sleep(250);
  }
}

/** One connection. */
export function bulk(settings, kind) {
  needPrograms("iperf3", ...tunnelPrograms[kind]);
  const seconds = String(Math.max(1, Math.round(settings.time / 1000)));
  return throughBoth(
    settings,
    kind,
    // It complains of each connection that says nothing, such as one that sees whether it is there.
    ({ start }, port) => start(programPath("iperf3"), ["-s", "-B", "127.0.0.1", "-p", String(port)], true),
    port => iperf3(port, seconds),
  );
}

/** Requests a second of redis-benchmark, as many SETs as GETs, `pipelined` at a time on each of its 50 connections. */
export function redis(settings, kind, pipelined) {
  needPrograms("redis-server", "redis-benchmark", ...tunnelPrograms[kind]);
  const requests = String(pipelined * Math.round(settings.time * 5));
  return throughBoth(
    settings,
    kind,
    ({ folder, start }, port) =>
      start(programPath("redis-server"), [
        ...["--port", String(port), "--bind", "127.0.0.1", "--dir", folder],
        ...["--save", "", "--appendonly", "no", "--logfile", "redis.log"],
      ]),
    async port => {
      const lines = await output(programPath("redis-benchmark"), [
        ...["-h", "127.0.0.1", "-p", String(port), "-t", "set,get"],
        ...["-n", requests, "-P", String(pipelined), "--csv"],
      ]);
      const rates = [...lines.matchAll(/^"(?:SET|GET)","([\d.]+)"/gm)].map(([, rate]) => Number(rate));
      if (rates.length !== 2) throw new Error(`redis-benchmark said:\n${lines}`);
      return 2 / rates.reduce((sum, rate) => sum + 1 / rate, 0);
    },
  );
}
