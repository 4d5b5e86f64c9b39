// Tunnels for TCP connections of this machine: two processes each, started with the settings that their users would have.
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, listens, output, programPath } from "./programs.mjs";
import { certificate } from "./tls.mjs";

const command = fileURLToPath(new URL("../dist/bin/bowline.js", import.meta.url));
const proxy = fileURLToPath(new URL("tls-proxy.mjs", import.meta.url));
const node = process.execPath;

async function bowline({ folder, start }, [port, between, to]) {
  const ids = {};
  for (const end of ["near", "far"]) {
    await output(node, [command, "keygen", "--out", join(folder, end)]);
    ids[end] = JSON.parse(await output(node, [command, "id", "--key", join(folder, end), "--json"])).id;
  }
  start(node, [
    ...[command, "forward", "--key", join(folder, "far"), "--allow", ids.near, "--json"],
    ...["--listen", `tcp://127.0.0.1:${between}`, "--to", `127.0.0.1:${to}`],
  ]);
  await listens(between);
  start(node, [
    ...[command, "forward", "--key", join(folder, "near"), "--peer", ids.far, "--json"],
    ...["--connect", `tcp://127.0.0.1:${between}`, "--from", `127.0.0.1:${port}`],
  ]);
}

/** The PEM files that both peers on TLS take. */
async function pemFiles(folder) {
  const { key, cert } = await certificate();
  const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  writeFileSync(keyFile, key, { mode: 0o600 });
  writeFileSync(certFile, cert);
  return { keyFile, certFile };
}

async function nodeTls({ folder, start }, [port, between, to]) {
  const { keyFile, certFile } = await pemFiles(folder);
  start(node, [proxy, "far", between, to, keyFile, certFile].map(String));
  start(node, [proxy, "near", port, between].map(String));
}

async function stunnel({ folder, start }, [port, between, to]) {
  const { keyFile, certFile } = await pemFiles(folder);
  const ends = {
    far: [
      `accept = 127.0.0.1:${between}`,
      `connect = 127.0.0.1:${to}`,
      `cert = ${certFile}`,
      `key = ${keyFile}`,
    ],
    near: ["client = yes", `accept = 127.0.0.1:${port}`, `connect = 127.0.0.1:${between}`],
  };
  for (const [end, lines] of Object.entries(ends)) {
    const file = join(folder, `${end}.conf`);
    writeFileSync(file, ["foreground = quiet", "pid =", "debug = err", `[${end}]`, ...lines, ""].join("\n"));
    start(programPath("stunnel4"), [file]);
  }
}

async function spiped({ folder, start }, [port, between, to]) {
  const key = join(folder, "spiped.key");
  writeFileSync(key, randomBytes(32), { mode: 0o600 });
  const end = (mode, from, target) =>
    start(programPath("spiped"), [
      ...[mode, "-F", "-k", key],
      ...["-s", `[127.0.0.1]:${from}`, "-t", `[127.0.0.1]:${target}`],
    ]);
  end("-d", between, to);
  end("-e", port, between);
}

const kinds = { bowline, "node-tls": nodeTls, stunnel, spiped };

/** The programs of the system that each kind needs. */
export const tunnelPrograms = { bowline: [], "node-tls": [], stunnel: ["stunnel4"], spiped: ["spiped"] };

/** Opens a tunnel of `kind` to `to`, a port of this machine; the port where programs connect. `processes`: of `withProcesses`. */
export async function openTunnel(processes, kind, to) {
  const ports = [await freePort(), await freePort()];
  await kinds[kind](processes, [...ports, to]);
  for (const port of ports) await listens(port);
  return ports[0];
}
