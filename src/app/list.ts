import { type ImageOrder, sortImages } from "../registry/listing/sort-images.ts";
import { ImgsyncError } from "../model/error.ts";
import type { ImageList } from "../model/image-list.ts";
import { formatRepository, isProblem, parseReference, type Repository } from "../model/reference.ts";
import { pullQuotaOf } from "../products/table.ts";
import { compileGlobs, tagGlobProblem } from "../selectors/glob.ts";
import type { Registries } from "./session/registries.ts";
import { usageError } from "./usage.ts";
import { defined } from "../model/defined.ts";

export type ListRequest = {
  readonly registries: Registries;
  readonly repository: Repository;
  readonly tagFilter?: ((tag: string) => boolean) | undefined;
  readonly sort: ImageOrder;
  /** Maximum number of images; undefined for all. */
  readonly limit?: number | undefined;
  /** Read manifests even from registries that count each read as a pull. */
  readonly sizes: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly of: number }) => void;
  readonly onWarning: (message: string, reference?: string) => void;
};

/** Lists the images of a repository, one for each digest. */
export async function list({ registries, repository, tagFilter, ...request }: ListRequest): Promise<ImageList> {
  const { listImages } = await import("../registry/listing/list-images.ts");
  const { hosts, client } = registries;
  const { onWarning, signal, limit } = request;
  const listAll = hosts?.productOf(repository.host)?.listImages;
  const listThere =
    hosts === undefined || listAll === undefined
      ? undefined
      : (options: Parameters<typeof listAll>[2]) => listAll(repository, hosts.tools, options);
  const found = await listImages({
    client,
    repository,
    details: request.sizes || pullQuotaOf(repository.host) === undefined,
    signal,
    onProgress: (progress) => request.onProgress?.(progress),
    onWarning,
    ...defined({ listAll: listThere, tagFilter }),
  });
  const sorted = sortImages(found, request.sort);
  const images = sorted.slice(0, limit ?? sorted.length);
  return { repository: formatRepository(repository), images, more: sorted.length - images.length };
}

/** @throws ImgsyncError USAGE */
export function readRepository(text: string): Repository {
  const reference = parseReference(text);
  if (isProblem(reference)) throw usageError(reference);
  if (reference.tag === undefined && reference.digest === undefined) return reference.repository;
  throw new ImgsyncError({
    code: "USAGE",
    message: `"${text}" has a tag or a digest, but list shows a whole repository`,
    hint: `write ${formatRepository(reference.repository)}, and filter with --tag`,
  });
}

/** @throws ImgsyncError USAGE if a pattern is not a valid glob */
export function readTagFilter(patterns: readonly string[] | undefined): ((tag: string) => boolean) | undefined {
  if (patterns === undefined) return undefined;
  for (const pattern of patterns) {
    const problem = tagGlobProblem(pattern);
    if (problem !== undefined) throw new ImgsyncError({ code: "USAGE", message: `--tag "${pattern}": ${problem}` });
  }
  return compileGlobs(patterns);
}
