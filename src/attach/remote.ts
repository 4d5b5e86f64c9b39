/** What a socket of Node says of its far end. */
interface RemoteAddress {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly encrypted?: boolean;
}

/** `scheme://host:port`, an IPv6 host in brackets. */
export function hostUrl(scheme: string, host: string, port: number): string {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

let unnamed = 0;

/** A name for what does not say where it leads; no other has it, so that shares by address are not shared. */
export function unnamedRemote(kind: string): string {
  return `${kind}:${++unnamed}`;
}

/** Where a socket leads, for people. */
export function socketRemote(scheme: string, socket: object): string | undefined {
  const { remoteAddress: host, remotePort: port } = socket as RemoteAddress;
  return host === undefined || port === undefined ? undefined : hostUrl(scheme, host, port);
}

/** Where a byte stream leads, for people. */
export function duplexRemote(duplex: object): string {
  const { encrypted } = duplex as RemoteAddress;
  return socketRemote(encrypted === true ? "tls" : "tcp", duplex) ?? unnamedRemote("duplex");
}

const webSocketUrl = /^(wss?):\/\/(?:[^/?#]*@)?([^/?#]+)([^?#]*)/;

/** A WebSocket's address without what it may hold of secrets: name, password and query. Undefined where it is none. */
export function plainWebSocketUrl(url: string): string | undefined {
  const [, scheme, host, path] = webSocketUrl.exec(url) ?? [];
  return scheme === undefined ? undefined : `${scheme}://${host}${path === "/" ? "" : path}`;
}

/** Where a WebSocket leads, for people. One that a server has of `ws` knows no address, but its socket does. */
export function webSocketRemote(socket: object): string {
  const { url, _socket } = socket as { readonly url?: string; readonly _socket?: object | null };
  const address = plainWebSocketUrl(url ?? "");
  return address ?? socketRemote("ws", _socket ?? {}) ?? unnamedRemote("ws");
}
