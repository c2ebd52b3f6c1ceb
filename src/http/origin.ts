import type { HostSettings } from "../model/host-settings.ts";
import { dialledHost, tokenServicesOf } from "../products/table.ts";

const urls = new WeakMap<HostSettings, URL>();

/** Base URL of a registry: `https://HOST`, or `http://HOST` if its settings say `plainHttp`. It is shared and must not be changed. */
export function registryUrl(registry: HostSettings): Readonly<URL> {
  // every request needs it several times
  const known = urls.get(registry);
  if (known !== undefined) return known;
  const { host, plainHttp } = registry;
  const url = new URL(`${plainHttp ? "http" : "https"}://${dialledHost(host)}/`);
  urls.set(registry, url);
  return url;
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
