import { lookup as dnsLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { getCACertificates, rootCertificates } from "node:tls";
import type { Dispatcher } from "undici";
import type { HostSettings } from "../model/host-settings.ts";
import { classifyAddress, isLoopback, literalAddress } from "./address.ts";
import { RegistryError } from "./error.ts";
import type { Timeouts } from "./limits.ts";
import { createProxyChooser, type Proxies } from "./proxies.ts";
import { Agent, ProxyAgent, request } from "./undici.js";
import { defined } from "../model/defined.ts";

export type DispatcherOptions = { readonly proxies: Proxies; readonly timeouts: Timeouts };

/**
 * The connections of a run. Each registry has its own pool with its own TLS trust. A second pool per registry reaches other origins
 * (storage, token services) without the registry's client certificate, and only at public addresses unless the registry itself has a
 * private one. The checked address is the one that is connected to. Threat T7.
 */
export type Dispatchers = {
  readonly forOwn: (registry: HostSettings, url: URL) => Dispatcher;
  readonly forForeign: (registry: HostSettings, url: URL) => Dispatcher;
  /** Connects to any address without checks. The only dispatcher that may reach link-local addresses. */
  readonly forMetadata: () => Dispatcher;
  readonly request: typeof request;
  readonly close: () => Promise<void>;
};

const KEEP_ALIVE_MS = 4000;
/** More than the throttle allows short requests, because streams need connections too. Only as many as are needed are opened. */
const CONNECTIONS = 64;
const METADATA_CONNECT_MS = 3000;

export function createDispatchers(options: DispatcherOptions): Dispatchers {
  const pools = new Map<string, Dispatcher>();
  // the checks of an origin are the same for all of its requests
  const own = new WeakMap<HostSettings, Map<string, Dispatcher>>();
  const privateHosts = new Set<string>();
  const proxyFor = createProxyChooser(options.proxies);
  const pool = (key: string, make: () => Dispatcher): Dispatcher => {
    const known = pools.get(key);
    if (known !== undefined) return known;
    const made = make();
    pools.set(key, made);
    return made;
  };
  return {
    request,
    forOwn: (registry, url) => {
      const known = own.get(registry)?.get(url.origin);
      if (known !== undefined) return known;
      checkLiteral(url, "private");
      if (isPrivateLiteral(url)) privateHosts.add(registry.host);
      const lookup = checkedLookup((address) => {
        if (classifyAddress(address) === "private") privateHosts.add(registry.host);
        return classifyAddress(address) !== "forbidden";
      });
      const proxy = proxyFor(url);
      const made = pool(`own ${registry.host} ${proxy?.href}`, () =>
        makePool(proxy, options.timeouts, { ...trustOf(registry), lookup }),
      );
      own.set(registry, (own.get(registry) ?? new Map<string, Dispatcher>()).set(url.origin, made));
      return made;
    },
    forForeign: (registry, url) => {
      const reach = privateHosts.has(registry.host) ? "private" : "public";
      checkLiteral(url, reach);
      const lookup = checkedLookup((address) => {
        const found = classifyAddress(address);
        return found === "public" || (found === "private" && privateHosts.has(registry.host));
      });
      const ca = registry.ca === undefined ? {} : { ca: authorities(registry.ca) };
      const proxy = proxyFor(url);
      const key = `foreign ${registry.host} ${reach} ${proxy?.href}`;
      return pool(key, () => makePool(proxy, options.timeouts, { ...ca, lookup }));
    },
    forMetadata: () =>
      // outside Google Cloud nothing responds here, so fail fast
      pool("metadata", () => new Agent({ connections: 1, pipelining: 1, connect: { timeout: METADATA_CONNECT_MS } })),
    close: async () => {
      await Promise.all([...pools.values()].map((dispatcher) => dispatcher.destroy()));
    },
  };
}

type ConnectOptions = { readonly lookup: LookupFunction } & ReturnType<typeof trustOf>;

function makePool(proxy: URL | undefined, timeouts: Timeouts, connect: ConnectOptions): Dispatcher {
  const shared = {
    connections: CONNECTIONS,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    bodyTimeout: timeouts.bodyIdleMs,
    headersTimeout: timeouts.headersMs,
    connect: { ...connect, timeout: timeouts.connectMs },
  };
  if (proxy === undefined) return new Agent(shared);
  return new ProxyAgent({ ...shared, uri: proxy.href, requestTls: { ...connect, timeout: timeouts.connectMs } });
}

function trustOf(registry: HostSettings): { ca?: string[]; cert?: string; key?: string; rejectUnauthorized?: boolean } {
  const { ca, clientCertificate, insecureTls } = registry;
  return {
    ...defined({ ca: ca === undefined ? undefined : authorities(ca) }),
    ...(clientCertificate === undefined
      ? {}
      : { cert: clientCertificate.certificate, key: clientCertificate.key.reveal() }),
    ...defined({ rejectUnauthorized: insecureTls ? false : undefined }),
  };
}

/** Adds the host's CA to those that the runtime trusts; `ca` alone would replace them. */
function authorities(pem: string): string[] {
  const trusted = typeof getCACertificates === "function" ? getCACertificates("default") : rootCertificates;
  return [...trusted, pem];
}

function isPrivateLiteral(url: URL): boolean {
  if (isLoopback(url)) return true;
  const literal = literalAddress(url);
  return literal !== undefined && classifyAddress(literal) === "private";
}

function checkLiteral(url: URL, reach: "public" | "private"): void {
  const literal = literalAddress(url);
  if (literal === undefined) {
    if (reach === "public" && isLoopback(url)) throw refusedAddress(url.hostname);
    return;
  }
  const found = classifyAddress(literal);
  if (found === "forbidden" || (found === "private" && reach === "public")) throw refusedAddress(literal);
}

function checkedLookup(isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, "", 0);
      const bad = addresses.find(({ address }) => !isAllowed(address));
      const first = addresses[0];
      if (bad !== undefined || first === undefined) return callback(refusedAddress(bad?.address ?? hostname), "", 0);
      return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
}

function refusedAddress(address: string): RegistryError {
  return new RegistryError({
    code: "EGRESS_REFUSED",
    message: `refused to connect to the address "${address}"`,
    hint: "link-local addresses are never contacted, and private ones only for registries that have one themselves",
  });
}
