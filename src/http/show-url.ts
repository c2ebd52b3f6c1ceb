const SHOWN = new Set(["scope", "service", "mount", "from", "digest", "n", "last"]);

/**
 * Formats a URL for output: without user info, and only with query values that cannot contain a secret. Upload locations and signed storage
 * URLs carry state and signatures. Threat T30.
 */
export function showUrl(url: URL): string {
  return url.origin + showPath(url);
}

/** Returns the path and query as {@link showUrl} prints them. */
export function showPath(url: URL): string {
  const query = [...url.searchParams].map(([key, value]) => (SHOWN.has(key) ? `${key}=${value}` : `${key}=REDACTED`));
  const path = url.pathname.length > 200 ? `${url.pathname.slice(0, 60)}…` : url.pathname;
  return `${path}${query.length > 0 ? `?${query.join("&")}` : ""}`;
}

/** Formats a path that is a secret, such as that of a webhook. */
export function hidePath(url: URL): string {
  return url.pathname === "/" && url.search === "" ? "/" : "/…";
}
