import { SessionError } from "../errors/index.js";

type TcpErrorCode = "connect-failed" | "listen-failed" | "connection-lost";

const begins: Record<TcpErrorCode, (address: string) => string> = {
  "connect-failed": address => `Cannot connect to ${address}`,
  "listen-failed": address => `Cannot listen at ${address}`,
  "connection-lost": address => `The connection with ${address} was lost`,
};

const advice: Partial<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there. Start the other side first, or check host and port.",
  ENOTFOUND: "there is no such host name. Check its spelling, or give an IP address.",
  EAI_AGAIN: "the name service does not answer. Check the network, or give an IP address.",
  ETIMEDOUT: "the far end does not answer. Check the network and the firewalls on the way.",
  EHOSTUNREACH: "there is no way to that host. Check the network and the address.",
  ENETUNREACH: "there is no way to that network. Check the network and the address.",
  ECONNRESET: "the far end reset it. Connect again; if it happens again, look at the far end's log.",
  EPIPE: "the far end has closed it. Connect again.",
  EADDRINUSE: "another process has that port. Stop it, or choose another port (0 for any that is free).",
  EADDRNOTAVAIL: "this machine has no such address. Listen at one that it has, or at 127.0.0.1.",
  EACCES: "the system does not allow it. Choose a port above 1023, or ask for the permission.",
  EPERM: "the system does not allow it. Check the firewall's rules.",
  EMFILE: "this process has too many open files. Close connections, or raise the limit (ulimit -n).",
  ENFILE: "this machine has too many open files. Close connections, or raise the limit.",
};

function systemCode(cause: unknown): string | undefined {
  const code = (cause as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/** A socket's error as a SessionError that says what to do; the socket's own error is its `cause`. */
export function tcpError<Code extends TcpErrorCode>(
  code: Code,
  address: string,
  cause: unknown,
): SessionError<Code> {
  const system = systemCode(cause);
  const remedy = (system === undefined ? undefined : advice[system]) ?? "see the cause.";
  const shown = system === undefined ? "" : ` (${system})`;
  return new SessionError(code, `${begins[code](address)}${shown}: ${remedy}`, { cause });
}
