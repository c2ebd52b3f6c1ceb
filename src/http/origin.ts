import type { HostSettings } from "../model/host-settings.ts";

/** Docker Hub is dialled under another name than it is written. registries.md section 2. */
const DIALLED: ReadonlyMap<string, string> = new Map([["docker.io", "registry-1.docker.io"]]);

/** Token services on another host than their registry that are known to belong to it. */
const KNOWN_REALMS: ReadonlyMap<string, readonly string[]> = new Map([
  ["docker.io", ["https://auth.docker.io"]],
  ["registry.gitlab.com", ["https://gitlab.com"]],
]);

/** Where a registry is spoken to: `https://HOST`, or `http://HOST` where its settings say so. */
export function registryUrl({ host, plainHttp }: HostSettings): URL {
  return new URL(`${plainHttp ? "http" : "https"}://${DIALLED.get(host) ?? host}/`);
}

/**
 * Whether a token service may be shown this registry's credentials: the registry's own origin, a known pair, or a host
 * that the person's settings name. Exact scheme, host and port; never by suffix. Threat T1.
 */
export function mayHoldCredentials(registry: HostSettings, url: URL): boolean {
  if (url.origin === registryUrl(registry).origin) return true;
  if (KNOWN_REALMS.get(registry.host)?.includes(url.origin) === true) return true;
  return url.protocol === "https:" && registry.trustedRealms.includes(url.host);
}
