import type { Blobs } from "./blobs.ts";
import type { Digest } from "../model/digest.ts";
import { formatRepository, type Repository } from "../model/reference.ts";

/**
 * Which hosts tell, when asked to mount a blob from the repository itself, whether it is there: 201 if it is, and an open
 * upload otherwise. There one POST stands for a HEAD and a POST. A host that always opens an upload must not be relied on
 * so: we would send what it has.
 */
export type Mounts = {
  readonly tells: (host: string) => boolean;
  /** Whether the host has refused to mount from that repository, so that each further blob would only cost a request. */
  readonly isRefused: (host: string, from: Repository) => boolean;
  readonly noteRefusal: (host: string, from: Repository) => void;
  /**
   * The first mount from that repository, which the others wait for: otherwise many at a time would all be refused. Undefined: this is
   * the first, and ends with the given promise.
   */
  readonly first: (host: string, from: Repository, own: Promise<void>) => Promise<void> | undefined;
  /** Called once a blob has been uploaded: the first time for each host, asks it about that very blob. */
  readonly learn: (repository: Repository, digest: Digest, signal: AbortSignal) => Promise<void>;
};

export function createMounts(blobs: Blobs): Mounts {
  const known = new Map<string, boolean>();
  const refused = new Set<string>();
  const firsts = new Map<string, Promise<void>>();
  const keyOf = (host: string, from: Repository): string => `${host} ${formatRepository(from)}`;
  return {
    isRefused: (host, from) => refused.has(keyOf(host, from)),
    noteRefusal: (host, from) => void refused.add(keyOf(host, from)),
    first: (host, from, own) => {
      const key = keyOf(host, from);
      const known = firsts.get(key);
      if (known === undefined) firsts.set(key, own);
      return known;
    },
    tells: (host) => known.get(host) === true,
    learn: async (repository, digest, signal) => {
      if (known.has(repository.host)) return;
      known.set(repository.host, false);
      try {
        const answer = await blobs.start(repository, { signal, mount: { digest, from: repository } });
        known.set(repository.host, answer.kind === "mounted");
        if (answer.kind === "open") await blobs.cancel(answer.session, { signal });
      } catch {
        // a host that refuses the question does not tell; the blob itself is there, so nothing has failed
        signal.throwIfAborted();
      }
    },
  };
}
