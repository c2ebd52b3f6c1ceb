import { toErrorDetails } from "../../model/error.ts";
import { startDeadline } from "../../model/deadline.ts";
import type { Cancellable } from "../../model/ports.ts";
import { formatPrefix, type Repository } from "../../model/reference.ts";
import type { Catalog, SyncManifest } from "../../model/sync-manifest.ts";
import { mayMatchBelow } from "../../planner/facts/only.ts";
import { type Listed, withRepositories } from "../../planner/facts/catalogs.ts";
import type { Registries } from "./registries.ts";

type Options = Cancellable & { readonly only?: readonly string[] | undefined };

/**
 * Reads the lists of repositories that the patterns of a manifest need, and returns the manifest with the entries that they stand for. A list
 * that fails is kept as the error of its pattern. Patterns all of whose targets `only` leaves out stay unknown.
 */
export async function readCatalogs(
  manifest: SyncManifest,
  registries: Registries,
  { only, ...cancellable }: Options,
): Promise<SyncManifest> {
  const { catalogs: all } = manifest;
  if (all === undefined) return manifest;
  const isNeeded = ({ entry: { targets } }: Catalog): boolean =>
    targets.some(({ repository }) => mayMatchBelow(only, formatPrefix(repository)));
  const { needed: catalogs = [], others = [] } = Object.groupBy(all, (one) => (isNeeded(one) ? "needed" : "others"));
  const lists = new Map<string, Promise<Listed>>();
  const listOf = (catalog: Catalog): Promise<Listed> => {
    const place = placeOf(catalog);
    const key = formatPrefix(place);
    const list = lists.get(key) ?? read(place, registries, cancellable);
    lists.set(key, list);
    return list;
  };
  const pairs = await Promise.all(catalogs.map(async (catalog) => [catalog, await listOf(catalog)] as const));
  const known = new Map(pairs);
  const found = withRepositories({ ...manifest, catalogs }, (catalog) => known.get(catalog) ?? unread());
  return { ...found, catalogs: [...(found.catalogs ?? []), ...others] };
}

async function read(place: Repository, registries: Registries, { signal }: Cancellable): Promise<Listed> {
  const own = startDeadline(signal, registries.deadline);
  try {
    return { names: (await byProduct(place, registries, own)) ?? (await registries.client.catalog.list(place, own)) };
  } catch (thrown) {
    signal.throwIfAborted();
    return { error: toErrorDetails(thrown) };
  } finally {
    own.end();
  }
}

/** The list of the product's own API; undefined if there is none, or access to it is denied. */
async function byProduct(
  place: Repository,
  { hosts }: Registries,
  { signal }: Cancellable,
): Promise<readonly string[] | undefined> {
  const product = hosts?.productOf(place.host);
  return hosts && product?.listRepositories?.(place, hosts.tools, { signal });
}

function placeOf({ entry: { source } }: Catalog): Repository {
  if (source.kind === "registry") return source.repository;
  throw new Error("a pattern over local images");
}

function unread(): never {
  throw new Error("a pattern whose list was not read");
}
