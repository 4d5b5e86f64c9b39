const authority = /^[a-z][a-z0-9+.-]*:\/\/(?:\[([^\]]+)\]|(\d{1,3}(?:\.\d{1,3}){3}))(?::\d+)?(?:[/?#]|$)/i;
const mappedIpv4 = /^(?:0*:){2,}(?:0*:)*ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;

/**
 * Whom a connection's `remote` counts for: an IPv4 address, or the /64 of an IPv6 address, which one host has to itself; without the
 * port. What is no such address counts for itself.
 */
export function networkAddress(remote: string): string {
  const [, ipv6, ipv4] = authority.exec(remote) ?? [];
  if (ipv4 !== undefined) return ipv4;
  if (ipv6 === undefined) return remote;
  const bare = ipv6.replace(/%.*$/, "");
  return mappedIpv4.exec(bare)?.[1] ?? `${prefix64(bare)}::/64`;
}

function prefix64(ipv6: string): string {
  const [head = "", tail] = ipv6.split("::");
  const groups = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length);
  const all = [...groups, ...Array.from({ length: zeros }, () => "0"), ...after];
  return all
    .slice(0, 4)
    .map(group => (parseInt(group, 16) || 0).toString(16))
    .join(":");
}
