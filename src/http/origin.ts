import type { HostSettings } from "../model/host-settings.ts";
import { dialledHost, tokenServicesOf } from "../products/table.ts";

/** Where a registry is spoken to: `https://HOST`, or `http://HOST` where its settings say so. */
export function registryUrl({ host, plainHttp }: HostSettings): URL {
  return new URL(`${plainHttp ? "http" : "https"}://${dialledHost(host)}/`);
}

/**
 * Whether a token service may be shown this registry's credentials: the registry's own origin, a known pair, or a host
 * that the person's settings name. Exact scheme, host and port; never by suffix. Threat T1.
 */
export function mayHoldCredentials(registry: HostSettings, url: URL): boolean {
  if (url.origin === registryUrl(registry).origin) return true;
  if (tokenServicesOf(registry.host).includes(url.origin)) return true;
  return url.protocol === "https:" && registry.trustedRealms.includes(url.host);
}
