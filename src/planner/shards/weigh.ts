import { ASSUMED_BYTES_PER_SECOND } from "../../model/lifetime.ts";
import { type Change, type EntryFailure, isCopy, isMoving } from "../../model/plan.ts";
import { formatReference, formatRepository, type Repository } from "../../model/reference.ts";
import { placeOf, placeOfFailure } from "../../model/shard.ts";
import type { Facts } from "../facts/facts.ts";
import { partsOf, storeOf } from "../rules/transfers.ts";
import type { Item } from "./partition.ts";

/** The weight of a request, in bytes: what a host transfers at the assumed rate in 25 ms. */
const REQUEST = ASSUMED_BYTES_PER_SECOND * 0.025;
/** HEAD of the tag, GET of the manifest, PUT of the manifest, PUT of the tag. */
const REQUESTS_OF_TAG = 4;
const REQUESTS_OF_ATTACHMENT = 4;
/** GET, POST and PUT. A blob of the same host is mounted with one POST. */
const REQUESTS_OF_BLOB = 3;
/** An image whose manifests were not read, because each read counts as a pull. */
const UNKNOWN_BYTES = 64 * 1024 * 1024;
/** A tag that needs no work weighs just enough to be spread evenly: --repair checks it. */
const NO_WORK = 1;

/** A target repository with all of its changes, as one item of a partition. */
export type RepositoryItem = Item & { readonly repository: Repository };

/**
 * Weighs the work of each target repository: the bytes that are read and written, and the requests. Blobs are parts that repositories may
 * share, because one shard reads a blob once from its source, and uploads it once to a host.
 */
export function weighRepositories(
  changes: readonly Change[],
  failures: readonly EntryFailure[],
  facts: Facts,
): readonly RepositoryItem[] {
  const places = new Map<string, { readonly repository: Repository; readonly changes: Change[] }>();
  for (const change of changes) {
    const name = placeOf(change);
    const place = places.get(name) ?? { repository: change.target.repository, changes: [] };
    places.set(name, place);
    place.changes.push(change);
  }
  for (const failure of failures) {
    const [repository] = failure.targets;
    const name = placeOfFailure(failure);
    if (repository !== undefined && !places.has(name)) places.set(name, { repository, changes: [] });
  }
  return [...places.values()].map(({ repository, changes: own }) => weigh(repository, own, facts));
}

function weigh(repository: Repository, changes: readonly Change[], facts: Facts): RepositoryItem {
  const parts = new Map<string, number>();
  let own = NO_WORK;
  for (const change of changes) {
    own += ownWeight(change);
    if (!isCopy(change) || change.action === "attach") continue;
    for (const { key, weight } of sharedParts(change, facts)) parts.set(key, weight);
  }
  return { name: formatRepository(repository), repository, own, parts };
}

function ownWeight(change: Change): number {
  if (!isMoving(change)) return NO_WORK;
  return REQUEST * (REQUESTS_OF_TAG + REQUESTS_OF_ATTACHMENT * (change.attachments ?? []).length);
}

type WeighedPart = { readonly key: string; readonly weight: number };

function sharedParts(change: Change, facts: Facts): readonly WeighedPart[] {
  const { source, sourceDigest, target } = change;
  const store = storeOf(target.repository);
  const known = change.bytes === undefined ? undefined : partsOf(change, facts);
  const image = sourceDigest ?? (source.kind === "registry" ? formatReference(source.reference) : source.image);
  const parts = known ?? [{ key: `image ${image}`, size: UNKNOWN_BYTES }];
  if (source.kind === "registry" && storeOf(source.reference.repository) === store)
    return parts.map(({ key }) => ({ key: `${formatRepository(target.repository)} ${key}`, weight: REQUEST }));
  return parts.flatMap(({ key, size }) => [
    { key: `read ${key}`, weight: size },
    { key: `write ${store} ${key}`, weight: size + REQUEST * REQUESTS_OF_BLOB },
  ]);
}
