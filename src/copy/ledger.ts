import type { Digest } from "../model/digest.ts";
import { formatRepository, type Repository } from "../model/reference.ts";

/**
 * What is where, as far as this run knows: blobs and manifests that a repository was seen to hold, and who still needs
 * which blob. One ledger per run, shared by all changes. It only ever saves requests: what it does not know is asked.
 */
export type Ledger = {
  readonly has: (repository: Repository, digest: Digest) => boolean;
  readonly add: (repository: Repository, digest: Digest) => void;
  /** A registry said that it is not there after all. */
  readonly forget: (repository: Repository, digest: Digest) => void;
  /** A repository of that host that holds it, if one is known. */
  readonly holder: (host: string, digest: Digest) => Repository | undefined;
  /** Notes that a change to come needs the blob there. */
  readonly expect: (repository: Repository, digest: Digest) => void;
  /** For each other host that still needs the blob and has it nowhere: one repository to bring it to. */
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
