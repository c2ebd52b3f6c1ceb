const SHOWN = new Set(["scope", "service", "mount", "from", "digest", "n", "last"]);

/**
 * A URL as it may be printed: no user, and of the query only what cannot carry a secret. Upload locations and signed
 * storage addresses carry state and signatures. Threat T30.
 */
export function showUrl(url: URL): string {
  const query = [...url.searchParams].map(([key, value]) => (SHOWN.has(key) ? `${key}=${value}` : `${key}=REDACTED`));
  const path = url.pathname.length > 200 ? `${url.pathname.slice(0, 60)}…` : url.pathname;
  return `${url.origin}${path}${query.length > 0 ? `?${query.join("&")}` : ""}`;
}
