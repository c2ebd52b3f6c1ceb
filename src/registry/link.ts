import type { Repository } from "../model/reference.ts";
import { RegistryError } from "./error.ts";

/**
 * The next page of a list from its `Link: <…>; rel="next"` (RFC 8288), resolved against the page it came with. It must stay
 * at the same origin: what it carries along is meant for that one. Threat T6.
 * @throws RegistryError EGRESS_REFUSED where it leads elsewhere, rather than a list that silently ends early
 */
export function nextPage(header: string | undefined, from: URL): URL | undefined {
  const match = header === undefined ? null : /<([^<>]*)>\s*;[^,]*\brel\s*=\s*"?next"?/i.exec(header);
  if (match === null) return undefined;
  const next = new URL(match[1] ?? "", from);
  if (next.origin === from.origin) return next;
  throw new RegistryError({
    code: "EGRESS_REFUSED",
    message: `${from.host} continues its list on another host, "${next.host}"`,
  });
}

/** The part of a page's address behind `/v2/NAME/`, so that it passes through the same door as every request. */
export function pathUnder(next: URL, { host, path }: Repository): string {
  const prefix = `/v2/${path}/`;
  if (next.pathname.startsWith(prefix)) return next.pathname.slice(prefix.length) + next.search;
  throw new RegistryError({
    code: "EGRESS_REFUSED",
    message: `${host} continues the list of "${path}" at another path`,
  });
}
