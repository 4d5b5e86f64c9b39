import { isIPv6 } from "node:net";
import { SessionError } from "../errors/index.js";

/** Where a TCP socket is or goes. */
export interface TcpAddress {
  /** A name or an IP address, IPv6 without brackets. */
  readonly host: string;
  /** 0 to 65,535. */
  readonly port: number;
}

const form = /^(?:tcp:\/\/)?(?:\[(?<v6>[^\]]*)\]|(?<name>[^\s:/@?#[\]\\]+)):(?<port>[1-9][0-9]{0,4})$/;

/**
 * The address that `text` spells: `host:port`, `[::1]:port`, either with `tcp://` before it; port 1 to 65,535.
 *
 * @throws invalid-argument
 */
export function parseTcpAddress(text: string): TcpAddress {
  const { v6, name, port } = form.exec(text)?.groups ?? {};
  const host = name ?? (v6 !== undefined && isIPv6(v6) ? v6 : undefined);
  if (host === undefined || port === undefined || Number(port) > 65_535) {
    const said = JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text);
    throw new SessionError(
      "invalid-argument",
      `${said} is no TCP address: write host:port, [IPv6]:port or tcp://host:port, with a port from 1 to 65535.`,
    );
  }
  return { host, port: Number(port) };
}

/** The one spelling of an address: `tcp://host:port`, an IPv6 host in brackets. */
export function formatTcpAddress({ host, port }: TcpAddress): string {
  return `tcp://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
