const SHOWN = new Set(["scope", "service", "mount", "from", "digest", "n", "last"]);

/**
 * A URL as it may be printed: no user, and of the query only what cannot carry a secret. Upload locations and signed
 * storage addresses carry state and signatures. Threat T30.
 */
export function showUrl(url: URL): string {
  return url.origin + showPath(url);
}

/** The path and query of {@link showUrl}. */
export function showPath(url: URL): string {
  const query = [...url.searchParams].map(([key, value]) => (SHOWN.has(key) ? `${key}=${value}` : `${key}=REDACTED`));
  const path = url.pathname.length > 200 ? `${url.pathname.slice(0, 60)}…` : url.pathname;
  return `${path}${query.length > 0 ? `?${query.join("&")}` : ""}`;
}

/** For an address whose path is a secret, such as that of a webhook. */
export function hidePath(url: URL): string {
  return url.pathname === "/" && url.search === "" ? "/" : "/…";
}
