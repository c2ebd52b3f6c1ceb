import type { Digest } from "../model/digest.ts";
import { formatRepository, type Repository } from "../model/reference.ts";

/**
 * Records which repositories are known to have which blobs and manifests, and which still need a blob. All changes of a run share one
 * ledger. It only saves requests: unknown content is checked at the registry.
 */
export type Ledger = {
  readonly has: (repository: Repository, digest: Digest) => boolean;
  readonly add: (repository: Repository, digest: Digest) => void;
  /** Removes an entry after a registry reported the content missing. */
  readonly forget: (repository: Repository, digest: Digest) => void;
  /** Returns a known repository of that host that has the content. */
  readonly holder: (host: string, digest: Digest) => Repository | undefined;
  /** Records that a later change needs the blob there. */
  readonly expect: (repository: Repository, digest: Digest) => void;
  /** Returns one repository for each other host that needs the blob and does not have it. */
  readonly awaiting: (digest: Digest, except: string) => readonly Repository[];
};

export function createLedger(): Ledger {
  const holders = new Map<Digest, Map<string, Repository>>();
  const expected = new Map<Digest, Map<string, Repository>>();
  const holder = (host: string, digest: Digest): Repository | undefined =>
    holders
      .get(digest)
      ?.values()
      .find((repository) => repository.host === host);
  return {
    has: (repository, digest) => holders.get(digest)?.has(formatRepository(repository)) === true,
    add: (repository, digest) => void entry(holders, digest).set(formatRepository(repository), repository),
    forget: (repository, digest) => void holders.get(digest)?.delete(formatRepository(repository)),
    holder,
    expect: (repository, digest) => {
      const hosts = entry(expected, digest);
      if (!hosts.has(repository.host)) hosts.set(repository.host, repository);
    },
    awaiting: (digest, except) =>
      [...(expected.get(digest)?.values() ?? [])].filter(
        ({ host }) => host !== except && holder(host, digest) === undefined,
      ),
  };
}

function entry<K, V>(map: Map<K, Map<string, V>>, key: K): Map<string, V> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const fresh = new Map<string, V>();
  map.set(key, fresh);
  return fresh;
}
