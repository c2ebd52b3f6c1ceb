import { BlockList, isIP } from "node:net";

/**
 * Where an address may lie. `forbidden`: link-local and unspecified addresses (cloud metadata services live there), never
 * spoken to. `private`: loopback and private networks, spoken to on behalf of registries that live there themselves.
 */
export type AddressClass = "public" | "private" | "forbidden";

const FORBIDDEN = blockList([
  ["0.0.0.0", 8],
  ["169.254.0.0", 16],
  ["255.255.255.255", 32],
  ["::", 128],
  ["fe80::", 10],
  ["fd00:ec2::254", 128],
]);

const PRIVATE = blockList([
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["::1", 128],
  ["fc00::", 7],
]);

const LOOPBACK = blockList([
  ["127.0.0.0", 8],
  ["::1", 128],
]);

/** Classifies an IP address in text form; IPv4 addresses written as IPv6 (`::ffff:…`) count as what they are. Threat T7. */
export function classifyAddress(address: string): AddressClass {
  if (contains(FORBIDDEN, address)) return "forbidden";
  return contains(PRIVATE, address) ? "private" : "public";
}

/** The IP address that a URL's host is, or undefined for a name. The URL parser has already undone odd spellings. */
export function literalAddress(url: URL): string | undefined {
  const host = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
  return isIP(host) === 0 ? undefined : host;
}

/** Whether the URL names this machine without asking a name server. */
export function isLoopback(url: URL): boolean {
  const literal = literalAddress(url);
  if (literal !== undefined) return contains(LOOPBACK, literal);
  return url.hostname === "localhost" || url.hostname.endsWith(".localhost");
}

function contains(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

function blockList(subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, isIP(network) === 6 ? "ipv6" : "ipv4");
  return list;
}
