/** Whether a request's Host header names this server. */
export type HostCheck = (header: string | undefined) => boolean;

const LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Accepts the loopback names and the given names, each with any port. A page on another site can make its own name resolve to this server's
 * address (DNS rebinding) and read the answers, but the browser still sends that name as Host.
 */
export function allowHosts(names: readonly string[]): HostCheck {
  const allowed = new Set([...LOOPBACK_NAMES, ...names].map(normalise));
  return (header) => {
    const name = header === undefined ? undefined : parseHostName(header);
    return name !== undefined && allowed.has(name);
  };
}

/** Returns the normalised name in a Host header, without its port; undefined if it is not valid. */
export function parseHostName(header: string): string | undefined {
  const name = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?$/.exec(header)?.[1];
  return name === undefined ? undefined : normalise(name);
}

function normalise(name: string): string {
  const lower = name.toLowerCase().replace(/\.$/, "");
  return lower.startsWith("[") && URL.canParse(`http://${lower}`) ? new URL(`http://${lower}`).hostname : lower;
}
