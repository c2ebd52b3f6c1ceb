import { parseObject } from "../model/json.ts";
import type { Cancellable } from "../model/ports.ts";
import type { Repository } from "../model/reference.ts";
import { RegistryError } from "../http/error.ts";
import { LIMITS } from "../http/limits.ts";
import { nextPage } from "./link.ts";
import type { Answer, Transport } from "./transport.ts";

/** `GET /v2/_catalog`, all pages. https://distribution.github.io/distribution/spec/api/#catalog */
export type Catalog = {
  /**
   * Lists the names of all repositories that the registry shows, as the registry writes them. `place` decides the credentials.
   * @throws RegistryError UNSUPPORTED, DENIED or UNAUTHENTICATED if the registry does not list them, LIMIT_EXCEEDED for an endless list. A
   *   list that is not known to be complete is an error too.
   */
  readonly list: (place: Repository, cancellable: Cancellable) => Promise<readonly string[]>;
};

/** `isGuess`: the registry sent no next link, so this request checks for a further page. */
type Page = { readonly to: string; readonly isGuess: boolean };

const FIRST = `_catalog?n=${LIMITS.tagsPerPage}`;

export function createCatalog(transport: Transport): Catalog {
  return { list: (place, { signal }) => listAll(transport, place, signal) };
}

/** Reads pages until the list is known to be complete, by the same rules as lists of tags. */
async function listAll(transport: Transport, place: Repository, signal: AbortSignal): Promise<readonly string[]> {
  const names = new Set<string>();
  const visited = new Set<string>();
  let page: Page | undefined = { to: FIRST, isGuess: false };
  for (let count = 1; page !== undefined; count += 1) {
    if (count > LIMITS.tagPages) throw endless(place, `${LIMITS.tagPages} pages`);
    const asked: Page = page;
    const answer = await ask(transport, place, asked, signal);
    const listed = parsePage(answer, place);
    const known = names.size;
    for (const name of listed) names.add(name);
    if (names.size > LIMITS.repositories) throw endless(place, `${LIMITS.repositories} repositories`);
    // the first page again, from a registry that ignores `last`
    if (asked.isGuess && names.size === known) break;
    const next = nextPage(answer.header("link"), answer.url);
    if (next === undefined) {
      page = listed.length < LIMITS.tagsPerPage ? undefined : pageAfter(listed.at(-1) ?? "");
      continue;
    }
    if (names.size === known && listed.length > 0) throw endless(place, "pages that repeat");
    if (visited.has(next.href)) throw endless(place, "pages that repeat");
    visited.add(next.href);
    page = { to: continueAt(next, answer.url, place), isGuess: false };
  }
  return [...names].sort();
}

async function ask(transport: Transport, place: Repository, { to }: Page, signal: AbortSignal): Promise<Answer> {
  try {
    return await transport.request({
      repository: place,
      isOfHost: true,
      access: "pull",
      method: "GET",
      to,
      headers: { accept: "application/json" },
      expect: [200],
      what: "GET _catalog",
      why: "list the repositories",
      limit: LIMITS.tagPageBytes,
      signal,
    });
  } catch (thrown) {
    throw thrown instanceof RegistryError && [400, 404, 405, 410, 501].includes(thrown.facts.status ?? 0)
      ? unlisted(thrown, place)
      : thrown;
  }
}

function pageAfter(last: string): Page {
  const query = new URLSearchParams({ n: String(LIMITS.tagsPerPage), last });
  return { to: `_catalog?${query.toString()}`, isGuess: true };
}

function continueAt(next: URL, from: URL, { host }: Repository): string {
  if (next.pathname === from.pathname) return `_catalog${next.search}`;
  throw new RegistryError({
    code: "EGRESS_REFUSED",
    message: `${host} continues the list of its repositories at another path`,
  });
}

/** `{"repositories": null}` is an empty list; anything else without a list of strings is not an answer. */
function parsePage({ bytes }: Answer, { host }: Repository): readonly string[] {
  const json = parseObject(bytes);
  const names = json?.get("repositories");
  if (names === null) return [];
  if (Array.isArray(names) && names.every((name) => typeof name === "string") && json?.get("errors") === undefined)
    return names;
  throw new RegistryError({
    code: "REGISTRY_PROTOCOL",
    message: `${host} answered GET _catalog with something that is not a list of repositories`,
    hint: "the repositories are unknown, so nothing is copied or deleted because of this answer: run again later",
  });
}

function unlisted(cause: RegistryError, { host }: Repository): RegistryError {
  return new RegistryError(
    {
      code: "UNSUPPORTED",
      message: `${host} does not list its repositories: ${cause.message}`,
      hint: "name the repositories one by one",
    },
    cause.facts,
    { cause },
  );
}

function endless({ host }: Repository, what: string): RegistryError {
  return new RegistryError({
    code: "LIMIT_EXCEEDED",
    message: `the list of repositories at ${host} has ${what.startsWith("pages") ? what : `more than ${what}`}`,
  });
}
