import { isLayout } from "../model/layout-name.ts";
import type { Repository } from "../model/reference.ts";
import type { Store } from "../model/store.ts";

export type Stores<R extends Store> = { readonly registries: R; readonly layouts: Store };

/** Combines both stores into one that dispatches by repository. */
export function storeByRepository<R extends Store>({ registries, layouts }: Stores<R>): R {
  const storeOf = (repository: Repository): Store => (isLayout(repository) ? layouts : registries);
  const { reader, manifests, blobs } = registries;
  return {
    ...registries,
    reader: {
      ...reader,
      resolve: (reference, how) => storeOf(reference.repository).reader.resolve(reference, how),
      resolveByContent: (reference, how) => storeOf(reference.repository).reader.resolveByContent(reference, how),
      listTags: (repository, how) => storeOf(repository).reader.listTags(repository, how),
      listReferrers: (reference, how) => storeOf(reference.repository).reader.listReferrers(reference, how),
      readManifest: (reference, how) => storeOf(reference.repository).reader.readManifest(reference, how),
      readCreated: (repository, config, how) => storeOf(repository).reader.readCreated(repository, config, how),
    },
    manifests: {
      ...manifests,
      resolve: (reference, how) => storeOf(reference.repository).manifests.resolve(reference, how),
      resolveByContent: (reference, how) => storeOf(reference.repository).manifests.resolveByContent(reference, how),
      read: (reference, how) => storeOf(reference.repository).manifests.read(reference, how),
      put: (repository, name, content, how) => storeOf(repository).manifests.put(repository, name, content, how),
      putByDigest: (repository, content, how) => storeOf(repository).manifests.putByDigest(repository, content, how),
      remove: (repository, name, how) => storeOf(repository).manifests.remove(repository, name, how),
    },
    blobs: {
      ...blobs,
      look: (repository, digest, how) => storeOf(repository).blobs.look(repository, digest, how),
      open: (repository, descriptor, how) => storeOf(repository).blobs.open(repository, descriptor, how),
      begin: (write) => storeOf(write.target).blobs.begin(write),
    },
  };
}
