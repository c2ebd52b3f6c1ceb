import { BlockList, isIP } from "node:net";
import { ImgsyncError } from "../model/error.ts";
import { holdSecret } from "../model/secret.ts";
import { isLoopback, literalAddress } from "./address.ts";

/** The values of HTTP_PROXY, HTTPS_PROXY and NO_PROXY; empty if unset. */
export type Proxies = { readonly http: string; readonly https: string; readonly no: string };

export const NO_PROXIES: Proxies = { http: "", https: "", no: "" };

/** Returns the proxy for a URL, or undefined for a direct connection. */
export type ProxyChooser = (url: URL) => URL | undefined;

type Environment = Readonly<Record<string, string | undefined>>;
type Excludes = (host: Host) => boolean;
type Host = { readonly name: string; readonly port: string; readonly address: string | undefined };

const SCHEMES: ReadonlySet<string> = new Set(["http:", "https:", "socks5:"]);
const DEFAULT_PORTS: ReadonlyMap<string, string> = new Map([
  ["http:", "80"],
  ["https:", "443"],
]);

/**
 * Reads the proxy variables from the environment. Upper-case names take precedence, as in Go's tools.
 * @throws ImgsyncError CONFIG_INVALID naming the variable whose value is invalid
 */
export function readProxies(environment: Environment): Proxies {
  const [http, https, no] = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].map((upper) => {
    const name = [upper, upper.toLowerCase()].find((each) => (environment[each] ?? "") !== "");
    return { name: name ?? upper, value: name === undefined ? "" : (environment[name] ?? "").trim() };
  });
  for (const proxy of [http, https]) if (proxy !== undefined) checkProxy(proxy.name, proxy.value);
  if (no !== undefined) checkExclusions(no.name, no.value);
  return { http: http?.value ?? "", https: https?.value ?? "", no: no?.value ?? "" };
}

/**
 * Chooses a proxy as golang.org/x/net/http/httpproxy does: http and https URLs each use their own variable, and localhost is always reached
 * directly.
 */
export function createProxyChooser({ http, https, no }: Proxies): ProxyChooser {
  const proxies = new Map([
    ["http:", parseProxy(http)],
    ["https:", parseProxy(https)],
  ]);
  const excludes = parseExclusions(no);
  return (url) => {
    const proxy = proxies.get(url.protocol);
    if (proxy === undefined || isLoopback(url)) return undefined;
    const host = {
      name: url.hostname.toLowerCase().replace(/\.$/, ""),
      port: url.port === "" ? (DEFAULT_PORTS.get(url.protocol) ?? "") : url.port,
      address: literalAddress(url),
    };
    return excludes.some((isExcluded) => isExcluded(host)) ? undefined : proxy;
  };
}

function checkProxy(name: string, value: string): void {
  if (value === "") return;
  const proxy = parseProxy(value);
  if (proxy === undefined) {
    // the value is not shown: it may contain a password
    throw new ImgsyncError({
      code: "CONFIG_INVALID",
      message: `${name} is not a proxy address`,
      hint: "write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with special characters of the password percent-encoded",
    });
  }
  if (proxy.password !== "") holdSecret(decodeURIComponent(proxy.password));
}

/** Treats HOST:PORT without a scheme as an http proxy. */
function parseProxy(value: string): URL | undefined {
  const text = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(value) ? value : `http://${value}`;
  const known = text.replace(/^socks5h:/i, "socks5:");
  if (value === "" || !URL.canParse(known)) return undefined;
  const url = new URL(known);
  // a path is most often a mistyped scheme: https//proxy
  const hasPath = !["", "/"].includes(url.pathname) || url.search !== "" || url.hash !== "";
  const isUsable = SCHEMES.has(url.protocol) && url.hostname !== "" && !hasPath;
  return isUsable && isDecodable(url.username + url.password) ? url : undefined;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function checkExclusions(name: string, value: string): void {
  const bad = entriesOf(value).find((entry) => /^[0-9a-f.:]+\/[0-9]+$/.test(entry) && parseRange(entry) === undefined);
  if (bad === undefined) return;
  throw new ImgsyncError({
    code: "CONFIG_INVALID",
    message: `"${bad}" in ${name} is not a range of addresses`,
    hint: "write ADDRESS/BITS, such as 10.0.0.0/8",
  });
}

function parseExclusions(value: string): readonly Excludes[] {
  return entriesOf(value).flatMap((entry): readonly Excludes[] => {
    if (entry === "*") return [() => true];
    const range = parseRange(entry);
    if (range !== undefined) return [({ address }) => address !== undefined && range(address)];
    const { name, port } = splitPort(entry);
    const fits = (host: Host): boolean => port === "" || port === host.port;
    if (isIP(name) !== 0)
      return [(host) => fits(host) && host.address !== undefined && isSameAddress(name, host.address)];
    const bare = name.replace(/^\*(?=\.)/, "").replace(/\.$/, "");
    if (bare === "" || bare.includes("/")) return []; // matches nothing
    // a leading dot matches only subdomains, otherwise the domain itself matches too
    const suffix = bare.startsWith(".") ? bare : `.${bare}`;
    return [(host) => fits(host) && host.address === undefined && (host.name.endsWith(suffix) || host.name === bare)];
  });
}

function entriesOf(value: string): readonly string[] {
  return value
    .toLowerCase()
    .split(/[,\s]+/)
    .filter((entry) => entry !== "");
}

function parseRange(entry: string): ((address: string) => boolean) | undefined {
  const [network = "", prefix = "", ...rest] = entry.split("/");
  const version = isIP(network);
  if (version === 0 || rest.length > 0 || !/^[0-9]{1,3}$/.test(prefix)) return undefined;
  if (Number(prefix) > (version === 6 ? 128 : 32)) return undefined;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), version === 6 ? "ipv6" : "ipv4");
  return (address) => list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

function splitPort(entry: string): { readonly name: string; readonly port: string } {
  const bracketed = /^\[([^\]]*)\](?::([0-9]+))?$/.exec(entry);
  if (bracketed !== null) return { name: bracketed[1] ?? "", port: bracketed[2] ?? "" };
  const withPort = /^([^:]*):([0-9]+)$/.exec(entry);
  return withPort === null ? { name: entry, port: "" } : { name: withPort[1] ?? "", port: withPort[2] ?? "" };
}

function isSameAddress(one: string, other: string): boolean {
  return parseRange(`${one}/${isIP(one) === 6 ? 128 : 32}`)?.(other) === true;
}
