import type { Blobs } from "./blobs.ts";
import type { Digest } from "../model/digest.ts";
import { formatRepository, type Repository } from "../model/reference.ts";

/**
 * Tracks the hosts at which mounting a blob from its own repository reveals whether it exists: 201 if it does, an open upload otherwise.
 * There, one POST replaces a HEAD and a POST. Hosts that always open an upload are excluded, as existing blobs would be uploaded again.
 */
export type Mounts = {
  readonly showsExisting: (host: string) => boolean;
  /** Reports whether the host refused to mount from that repository, so that further attempts are skipped. */
  readonly isRefused: (host: string, from: Repository) => boolean;
  readonly noteRefusal: (host: string, from: Repository) => void;
  /**
   * Registers the first mount from that repository, which settles with `own`, and returns undefined. Later callers get its promise to wait
   * for, so that concurrent mounts are not all refused.
   */
  readonly first: (host: string, from: Repository, own: Promise<void>) => Promise<void> | undefined;
  /** Called after a blob upload. Probes each host once with the uploaded blob. */
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
    showsExisting: (host) => known.get(host) === true,
    learn: async (repository, digest, signal) => {
      if (known.has(repository.host)) return;
      known.set(repository.host, false);
      try {
        const answer = await blobs.start(repository, { signal, mount: { digest, from: repository } });
        known.set(repository.host, answer.kind === "mounted");
        if (answer.kind === "open") await blobs.cancel(answer.session, { signal });
      } catch {
        // a refused probe means that the host does not support this; the blob was uploaded, so nothing failed
        signal.throwIfAborted();
      }
    },
  };
}
