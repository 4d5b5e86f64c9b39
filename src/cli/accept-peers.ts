import type { Acceptor } from "../index.js";
import { parseSessionAddress } from "./address.js";
import { allowPolicy, type AllowOptions } from "./allow-list.js";
import type { Running } from "./session-command.js";

/** Listens at `url`, which `option` names, for the peers that are allowed; until the command is to end. @throws UsageError, and as `SessionManager.accept` */
export async function acceptPeers(
  url: string,
  option: string,
  options: AllowOptions,
  { manager, reporter, signal, id }: Running,
): Promise<Acceptor> {
  const address = parseSessionAddress(url, option, true);
  const allow = await allowPolicy(options, reporter);
  const acceptor = await manager.accept(
    address.listener(error => reporter.warn(error)),
    { allow },
  );
  reporter.tell("listening", { address: acceptor.address, id }, `listening at ${acceptor.address} as ${id}`);
  signal.addEventListener("abort", () => void acceptor.close(), { once: true });
  if (signal.aborted) await acceptor.close();
  return acceptor;
}
