import type { HostSettings } from "../model/host-settings.ts";
import { dialledHost, tokenServicesOf } from "../products/table.ts";

/** Base URL of a registry: `https://HOST`, or `http://HOST` if its settings say `plainHttp`. */
export function registryUrl({ host, plainHttp }: HostSettings): URL {
  return new URL(`${plainHttp ? "http" : "https"}://${dialledHost(host)}/`);
}

/**
 * Reports whether a token service may receive this registry's credentials: the registry's own origin, a known pair, or a host named in the
 * user's settings. Scheme, host and port must match exactly, never by suffix. Threat T1.
 */
export function mayHoldCredentials(registry: HostSettings, url: URL): boolean {
  if (url.origin === registryUrl(registry).origin) return true;
  if (tokenServicesOf(registry.host).includes(url.origin)) return true;
  return url.protocol === "https:" && registry.trustedRealms.includes(url.host);
}
