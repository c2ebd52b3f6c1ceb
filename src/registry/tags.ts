import { parseObject } from "../model/json.ts";
import type { Reader } from "../model/ports.ts";
import { isTag, type Repository } from "../model/reference.ts";
import type { ListedImage } from "../model/image-list.ts";
import { imagesInTagList } from "../products/table.ts";
import { mergeImages } from "./merge-images.ts";
import { RegistryError } from "../http/error.ts";
import { LIMITS } from "../http/limits.ts";
import { continueAt, nextPage } from "./link.ts";
import type { Digest } from "../model/digest.ts";
import { reasonOfAbsence } from "./reason-of-absence.ts";
import type { Answer, Transport } from "./transport.ts";
import { defined } from "../model/defined.ts";

/** `GET /v2/NAME/tags/list`, all pages. OCI distribution-spec, "Listing Tags". */
export type Tags = {
  /** Undefined if the registry does not know the repository. Sorted by code point, since registries guarantee no order. */
  readonly list: Reader["listTags"];
};

export function createTags(transport: Transport): Tags {
  return { list: (repository, options) => listTags(transport, repository, options) };
}

type Listing = { readonly repository: Repository; readonly access: "pull" | "pull,push"; readonly signal: AbortSignal };

/**
 * Reads pages until the list is known to be complete: a page without a next link that is shorter than requested, or a page after the last
 * tag without new tags. Some registries truncate a list at `n` without a next link.
 */
async function listTags(
  transport: Transport,
  repository: Repository,
  { signal, access = "pull", pages = Infinity, onAbsent }: Parameters<Tags["list"]>[1],
): ReturnType<Tags["list"]> {
  const listing: Listing = { repository, access, signal };
  const found = new Set<string>();
  const names = new Set<string>();
  const images = new Map<Digest, ListedImage>();
  const visited = new Set<string>();
  /** Consecutive pages without a new tag. */
  let stalled = 0;
  /** Stores a page and returns the next one, or undefined at the end. */
  const takePage = (answer: Answer, asked: Page): Page | undefined => {
    const body = parseTagPage(answer.bytes, repository);
    const known = names.size;
    for (const tag of body.tags) {
      names.add(tag);
      if (isTag(tag)) found.add(tag);
    }
    mergeImages(images, body.images, isTag);
    if (names.size > LIMITS.tags) throw endless(repository, `${LIMITS.tags} tags`);
    // the first page again, from a registry that ignores `last`: its links were already followed
    if (asked.isGuess && names.size === known) return undefined;
    const next = nextPage(answer.header("link"), answer.url);
    if (next === undefined) return body.tags.length < sizeOf(asked) ? undefined : pageAfter(body.tags.at(-1), asked);
    stalled = names.size === known ? stalled + 1 : 0;
    if (stalled > LIMITS.stalledPages) throw endless(repository, `${LIMITS.stalledPages} pages without a new tag`);
    if (visited.has(next.href)) throw endless(repository, "pages that repeat");
    visited.add(next.href);
    return { to: continueAt(next, answer.url, asked.to, repository), isGuess: false };
  };
  let page: Page | undefined = { to: `tags/list?n=${LIMITS.tagsPerPage}`, isGuess: false };
  for (let count = 1; page !== undefined && count <= pages; count += 1) {
    if (count > LIMITS.tagPages) throw endless(repository, `${LIMITS.tagPages} pages`);
    const asked: Asked =
      count === 1 ? await askFirst(transport, listing, page) : await askNext(transport, listing, page);
    if (asked.answer?.status === 404) {
      const reason = reasonOfAbsence(asked.answer.bytes);
      if (reason !== undefined) onAbsent?.(reason);
      return undefined;
    }
    page = asked.answer === undefined ? undefined : takePage(asked.answer, asked.page);
  }
  const tags = [...found].sort();
  const digests = digestsOf(images);
  const more = page === undefined ? {} : { isPartial: true as const };
  return {
    tags,
    skipped: names.size - found.size,
    ...more,
    ...defined({ digests: digests.size > 0 ? digests : undefined, images: images.size > 0 ? images : undefined }),
  };
}

/** `isGuess`: the registry sent no next link, so this request checks for a further page. */
type Page = { readonly to: string; readonly isGuess: boolean };

/** Without a response, the page does not exist. */
type Asked = { readonly page: Page; readonly answer: Answer | undefined };

/**
 * Requests the first page, without `n` if the registry does not accept it.
 * @throws RegistryError UNSUPPORTED if the registry does not list tags
 */
async function askFirst(transport: Transport, listing: Listing, page: Page): Promise<Asked> {
  try {
    return { page, answer: await ask(transport, listing, page, [200, 404]) };
  } catch (thrown) {
    if (!isRefusedList(thrown)) throw thrown;
    const plain = { ...page, to: "tags/list" };
    return { page: plain, answer: await ask(transport, listing, plain, [200, 404]).catch(rethrowUnlisted) };
  }

  function rethrowUnlisted(thrown: unknown): never {
    throw isRefusedList(thrown) ? unlisted(thrown, listing.repository) : thrown;
  }
}

async function askNext(transport: Transport, listing: Listing, page: Page): Promise<Asked> {
  try {
    return { page, answer: await ask(transport, listing, page, [200]) };
  } catch (thrown) {
    // the registry accepts neither `n` nor `last`, so it does not paginate and the list is complete
    if (page.isGuess && !page.to.includes("?n=") && isRefusedList(thrown)) return { page, answer: undefined };
    throw thrown;
  }
}

function ask(
  transport: Transport,
  { repository, access, signal }: Listing,
  { to }: Page,
  expect: readonly number[],
): Promise<Answer> {
  return transport.request({
    repository,
    access,
    method: "GET",
    to,
    headers: { accept: "application/json" },
    expect,
    what: "GET tags/list",
    why: "list the tags",
    limit: LIMITS.tagPageBytes,
    signal,
  });
}

/** Returns the size of a full page. Without `n` the registry chooses the size, so any page may be full. */
function sizeOf({ to }: Page): number {
  const asked = /[?&]n=([1-9][0-9]*)/.exec(to)?.[1];
  if (asked !== undefined) return Number(asked);
  return /^tags\/list(?:\?last=[^&]*)?$/.test(to) ? 1 : Infinity;
}

function pageAfter(last: string | undefined, { to }: Page): Page {
  const n = /[?&]n=([1-9][0-9]*)/.exec(to)?.[1];
  const query = new URLSearchParams({ ...defined({ n }), last: last ?? "" });
  return { to: `tags/list?${query.toString()}`, isGuess: true };
}

/** A refusal of the list request itself, not because of permissions or the registry's state. */
function isRefusedList(thrown: unknown): thrown is RegistryError {
  return thrown instanceof RegistryError && [400, 405, 406, 410, 414, 416, 422, 501].includes(thrown.facts.status ?? 0);
}

function unlisted(cause: RegistryError, { host, path }: Repository): RegistryError {
  return new RegistryError(
    {
      code: "UNSUPPORTED",
      message: `${host} does not list the tags of "${path}": ${cause.message}`,
      hint: "name the tags one by one: selectors, prune and signatures that are found by tag need a list",
    },
    cause.facts,
    { cause },
  );
}

/**
 * Returns the digest of each tag. A tag that moved between two pages appears under two digests and is omitted, so that it is resolved
 * separately.
 */
function digestsOf(images: ReadonlyMap<Digest, ListedImage>): ReadonlyMap<string, Digest> {
  const digests = new Map<string, Digest>();
  const doubtful = new Set<string>();
  for (const { digest, tags } of images.values()) {
    for (const tag of tags) {
      if (digests.has(tag)) doubtful.add(tag);
      digests.set(tag, digest);
    }
  }
  for (const tag of doubtful) digests.delete(tag);
  return digests;
}

type TagPage = { readonly tags: readonly string[]; readonly images: ReadonlyMap<Digest, ListedImage> };

/** Parses a page. `{"tags": null}` is an empty list; a body without `tags`, or with non-strings in it, is not a valid list. */
function parseTagPage(bytes: Uint8Array, { host, path }: Repository): TagPage {
  const json = parseObject(bytes);
  const tags = json?.get("tags");
  const isList = tags === null || (Array.isArray(tags) && tags.every((tag) => typeof tag === "string"));
  if (json === undefined || !isList || hasErrors(json)) {
    throw new RegistryError({
      code: "REGISTRY_PROTOCOL",
      message: `${host} answered GET tags/list of "${path}" with something that is not a list of tags`,
      hint: "the tags are unknown, so nothing is selected or deleted because of this answer: run again later",
    });
  }
  return { tags: tags ?? [], images: imagesInTagList(json) };
}

/** A list next to errors is incomplete. */
function hasErrors(json: ReadonlyMap<string, unknown>): boolean {
  const errors = json.get("errors") ?? json.get("error");
  return errors !== undefined && errors !== null && !(Array.isArray(errors) && errors.length === 0);
}

function endless(repository: Repository, what: string): RegistryError {
  return new RegistryError({
    code: "LIMIT_EXCEEDED",
    message: `the tag list of "${repository.path}" at ${repository.host} has more than ${what}`,
  });
}
