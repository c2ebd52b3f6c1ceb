import type { Reader } from "../model/ports.ts";
import { isTag, type Repository } from "../model/reference.ts";
import type { ListedImage } from "../model/image-list.ts";
import { mergeImages, readGoogleImages } from "./google-images.ts";
import { RegistryError } from "./error.ts";
import { LIMITS } from "./limits.ts";
import { nextPage, pathUnder } from "./link.ts";
import type { Digest } from "../model/digest.ts";
import type { Transport } from "./transport.ts";

/** `GET /v2/NAME/tags/list` with all its pages. OCI distribution-spec, "Listing Tags". */
export type Tags = {
  /** Undefined where the registry does not know the repository. Sorted by code point; registries promise no order. */
  readonly list: Reader["listTags"];
};

export function createTags(transport: Transport): Tags {
  return {
    list: async (repository, { signal, access = "pull", pages = Infinity }) => {
      const found = new Set<string>();
      const images = new Map<Digest, ListedImage>();
      const visited = new Set<string>();
      let skipped = 0;
      let to: string | undefined = `tags/list?n=${LIMITS.tagsPerPage}`;
      for (let page = 1; to !== undefined && page <= pages; page += 1) {
        if (page > LIMITS.tagPages) throw endless(repository, `${LIMITS.tagPages} pages`);
        const answer = await transport.request({
          repository,
          access,
          method: "GET",
          to,
          headers: { accept: "application/json" },
          expect: page === 1 ? [200, 404] : [200],
          what: "GET tags/list",
          limit: LIMITS.tagPageBytes,
          signal,
        });
        if (answer.status === 404) return undefined;
        const body = parseTagPage(answer.bytes, repository.host);
        for (const tag of body.tags) {
          if (isTag(tag)) found.add(tag);
          else skipped += 1;
        }
        mergeImages(images, body.images, isTag);
        if (found.size > LIMITS.tags) throw endless(repository, `${LIMITS.tags} tags`);
        const next = nextPage(answer.header("link"), answer.url);
        if (next !== undefined && visited.has(next.href)) throw endless(repository, "pages that repeat");
        if (next !== undefined) visited.add(next.href);
        to = next === undefined ? undefined : pathUnder(next, repository);
      }
      const tags = [...found].sort();
      const digests = digestsOf(images);
      const more = to === undefined ? {} : { isPartial: true as const };
      return {
        tags,
        skipped,
        ...more,
        ...(digests.size > 0 ? { digests } : {}),
        ...(images.size > 0 ? { images } : {}),
      };
    },
  };
}

/** Where each tag points. One that moved between two pages is under two digests: it is left for a look at the tag itself. */
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

function parseTagPage(bytes: Uint8Array, host: string): TagPage {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    json = undefined; // told below
  }
  if (typeof json !== "object" || json === null) {
    throw new RegistryError(
      { code: "REGISTRY_PROTOCOL", message: `${host} answered GET tags/list with something that is no tag list` },
      { isRetryable: true },
    );
  }
  const tags =
    "tags" in json && Array.isArray(json.tags) ? json.tags.filter((tag): tag is string => typeof tag === "string") : [];
  return { tags, images: "manifest" in json ? readGoogleImages(json.manifest) : new Map() };
}

function endless(repository: Repository, what: string): RegistryError {
  return new RegistryError({
    code: "LIMIT_EXCEEDED",
    message: `the tag list of "${repository.path}" at ${repository.host} has more than ${what}`,
  });
}
