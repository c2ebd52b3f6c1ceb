import { BlockList, isIP } from "node:net";

/**
 * Classes of addresses. `forbidden` addresses are never connected to: link-local, multicast, reserved, unspecified and cloud metadata
 * addresses. `private` addresses are loopback and networks that are not routed on the internet. They are reachable only for registries that
 * have a private address themselves.
 */
export type AddressClass = "public" | "private" | "forbidden";

/** IANA's special-purpose registries, and the addresses at which clouds serve credentials. */
const FORBIDDEN = blockList([
  ["0.0.0.0", 8],
  ["100.100.100.200", 32], // metadata of Alibaba Cloud
  ["168.63.129.16", 32], // Azure's WireServer, its second metadata address
  ["169.254.0.0", 16], // link-local: metadata of AWS, Azure, Google Cloud, Oracle and others
  ["192.0.0.0", 24], // protocol assignments; metadata of Oracle Cloud at .192
  ["192.0.2.0", 24], // documentation
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["192.88.99.0", 24], // 6to4 relay anycast
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved and broadcast
  ["::", 128],
  ["100::", 64], // discard
  ["2001:2::", 48], // benchmarking
  ["2001:10::", 28], // ORCHID
  ["2001:20::", 28], // ORCHIDv2
  ["2001:db8::", 32], // documentation
  ["3fff::", 20], // documentation
  ["5f00::", 16], // segment routing
  ["fd00:ec2::254", 128], // metadata of AWS
  ["fd20:ce::254", 128], // metadata of Google Cloud
  ["fe80::", 10], // link-local
  ["ff00::", 8], // multicast
]);

const PRIVATE = blockList([
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15], // benchmarking; some VPNs and proxies resolve names to these addresses
  ["::1", 128],
  ["fc00::", 7],
  ["fec0::", 10], // site-local
]);

const LOOPBACK = blockList([
  ["127.0.0.0", 8],
  ["::1", 128],
]);

/**
 * IPv6 prefixes that embed an IPv4 address, and the byte offset of that address: mapped, translated and compatible addresses, NAT64 (RFC
 * 6052, RFC 8215), 6to4.
 */
const EMBEDDING: readonly (readonly [prefix: string, bits: number, at: number])[] = [
  ["::ffff:0:0", 96, 12],
  ["::ffff:0:0:0", 96, 12],
  ["::", 96, 12],
  ["64:ff9b::", 96, 12],
  ["64:ff9b:1::", 48, 12],
  ["2002::", 16, 2],
];
const TEREDO = { prefix: "2001::", bits: 32, serverAt: 4, clientAt: 12 } as const;

/** Classifies an IP address in text form. An IPv6 address that embeds an IPv4 address gets the stricter class of the two. Threat T7. */
export function classifyAddress(address: string): AddressClass {
  const classes = new Set([address, ...embeddedAddresses(address)].map(classifyAlone));
  if (classes.has("forbidden")) return "forbidden";
  return classes.has("private") ? "private" : "public";
}

/** Returns the URL's host if it is an IP address, or undefined if it is a name. The URL parser has already normalized unusual spellings. */
export function literalAddress(url: URL): string | undefined {
  const host = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
  return isIP(host) === 0 ? undefined : host;
}

/** Reports whether the URL names this machine, without a DNS lookup. */
export function isLoopback(url: URL): boolean {
  const literal = literalAddress(url);
  if (literal !== undefined) return [literal, ...mappedAddress(literal)].some((one) => contains(LOOPBACK, one));
  const name = withoutRootDot(url.hostname);
  return name === "localhost" || name.endsWith(".localhost");
}

function classifyAlone(address: string): AddressClass {
  if (contains(FORBIDDEN, address)) return "forbidden";
  return contains(PRIVATE, address) ? "private" : "public";
}

function embeddedAddresses(address: string): readonly string[] {
  const bytes = bytesOf(address);
  // these two would parse as the compatible addresses 0.0.0.0 and 0.0.0.1
  if (bytes === undefined || address === "::" || address === "::1") return [];
  const embedded = EMBEDDING.filter(([prefix, bits]) => hasPrefix(bytes, prefix, bits)).map(([, , at]) =>
    bytes.slice(at, at + 4).join("."),
  );
  if (!hasPrefix(bytes, TEREDO.prefix, TEREDO.bits)) return embedded;
  const { serverAt, clientAt } = TEREDO;
  // RFC 4380: the client's address is stored inverted
  const client = bytes.slice(clientAt, clientAt + 4).map((byte) => byte ^ 0xff);
  return [...embedded, bytes.slice(serverAt, serverAt + 4).join("."), client.join(".")];
}

function mappedAddress(address: string): readonly string[] {
  const bytes = bytesOf(address);
  return bytes !== undefined && hasPrefix(bytes, "::ffff:0:0", 96) ? [bytes.slice(12).join(".")] : [];
}

/** Returns the 16 bytes of an IPv6 address. The URL parser normalizes every spelling. */
function bytesOf(address: string): readonly number[] | undefined {
  const bare = address.split("%", 1)[0] ?? "";
  if (isIP(bare) !== 6) return undefined;
  const [head = "", tail] = new URL(`http://[${bare}]/`).hostname.slice(1, -1).split("::");
  const before = groupsOf(head);
  const after = groupsOf(tail ?? "");
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - before.length - after.length }, () => 0);
  return [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]);
}

function groupsOf(text: string): readonly number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}

function hasPrefix(bytes: readonly number[], prefix: string, bits: number): boolean {
  const wanted = bytesOf(prefix) ?? [];
  // every prefix here ends on a byte boundary
  return wanted.slice(0, bits / 8).every((byte, index) => byte === bytes[index]);
}

function withoutRootDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}

function contains(list: BlockList, address: string): boolean {
  const bare = address.split("%", 1)[0] ?? "";
  return list.check(bare, isIP(bare) === 6 ? "ipv6" : "ipv4");
}

function blockList(subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, isIP(network) === 6 ? "ipv6" : "ipv4");
  return list;
}
