import LinkHeader from "http-link-header";
import type { Repository } from "../model/reference.ts";
import { RegistryError } from "../http/error.ts";

/** RFC 8288 section 3.3: a registered relation type, or a URI for an extension type. */
const RELATION = /^(?:[a-z][a-z0-9.-]*|[a-z][a-z0-9+.-]*:\S+)$/i;

/**
 * Returns the next page of a list from its `Link` header (RFC 8288), resolved against the current page, or undefined if there is none. The
 * next page must have the same origin, because the request carries credentials for it. Threat T6.
 * @throws RegistryError REGISTRY_PROTOCOL for an invalid header, EGRESS_REFUSED for another origin; ignoring either would silently truncate
 *   the list
 */
export function nextPage(header: string | undefined, from: URL): URL | undefined {
  if (header === undefined) return undefined;
  const links = parseLinks(header, from).filter(({ rel }) => rel.toLowerCase() === "next");
  const [next, ...others] = new Map(links.map(({ uri }) => [uri.href, uri])).values();
  if (others.length > 0) throw notUnderstood(from);
  if (next === undefined || next.origin === from.origin) return next;
  throw new RegistryError({
    code: "EGRESS_REFUSED",
    message:
      next.host === from.host
        ? `${from.host} continues its list over ${next.protocol.slice(0, -1)} instead of ${from.protocol.slice(0, -1)}`
        : `${from.host} continues its list on another host, "${next.host}"`,
    hint: "the list is incomplete, so nothing is selected or deleted because of it: the registry or its proxy has to send its own address in Link",
  });
}

/**
 * Returns the next page relative to `/v2/NAME/`, so that it is requested like any other path. `to` is the requested path and `from` the URL
 * that responded: a registry that redirects to another path continues there.
 */
export function continueAt(next: URL, from: URL, to: string, { host, path }: Repository): string {
  if (next.pathname === from.pathname) return to.replace(/\?.*$/s, "") + next.search;
  const prefix = `/v2/${path}/`;
  if (next.pathname.startsWith(prefix)) return next.pathname.slice(prefix.length) + next.search;
  throw new RegistryError({
    code: "EGRESS_REFUSED",
    message: `${host} continues the list of "${path}" at another path`,
  });
}

type Link = { readonly uri: URL; readonly rel: string };

/** Returns the links whose context is the page itself (RFC 8288 section 3.2), one per relation. */
function parseLinks(header: string, from: URL): readonly Link[] {
  try {
    // empty list elements are allowed (RFC 9110 section 5.6.1)
    const { refs } = LinkHeader.parse(header.replace(/^[\s,]+|[\s,]+$/g, ""));
    return refs.flatMap(({ uri, rel, anchor }) => {
      if (!RELATION.test(rel ?? "")) throw notUnderstood(from);
      const isAboutPage = anchor === undefined || new URL(anchor, from).href === from.href;
      return isAboutPage ? [{ uri: new URL(uri, from), rel }] : [];
    });
  } catch (cause) {
    throw cause instanceof RegistryError ? cause : notUnderstood(from, cause);
  }
}

function notUnderstood(from: URL, cause?: unknown): RegistryError {
  return new RegistryError(
    {
      code: "REGISTRY_PROTOCOL",
      message: `${from.host} sent a Link header that is not valid, so the list may be incomplete`,
      hint: "nothing is selected from or deleted because of a list that is incomplete: report it to the registry's operator",
    },
    {},
    { cause },
  );
}
