import type { Descriptor } from "../model/descriptor.ts";
import { toErrorDetails } from "../model/error.ts";
import type { Cancellable, Reader } from "../model/ports.ts";
import { formatRepository, type Reference, type Repository } from "../model/reference.ts";
import type { Blobs } from "./blobs.ts";
import type { RegistryClient } from "./client.ts";
import { RegistryError } from "../http/error.ts";

export type MirrorOptions = {
  /** Returns the mirrors of a repository in the order to try them. Empty for repositories that are written to or have no mirror. */
  readonly mirrorsOf: (repository: Repository) => readonly Repository[];
  readonly onWarning: (host: string, text: string) => void;
};

/**
 * Wraps a client so that it reads from mirrors. Content by digest comes from the first mirror that has it, since its digest proves it. Tags
 * are resolved at the registry itself, because a mirror may be behind; mirrors are used only while the registry is unreachable. Lists never
 * come from mirrors: a pull-through mirror would omit tags. If the registry cannot return a list, the error is REGISTRY_UNREACHABLE,
 * whatever a gateway in front of it responds.
 */
export function withMirrors(client: RegistryClient, options: MirrorOptions): RegistryClient {
  const { reader, blobs } = client;
  const { mirrorsOf } = options;
  const places = createPlaces(options);

  const readManifest: Reader["readManifest"] = async ({ repository, digest }, how) =>
    (await places.first(repository, how, (mirror) => reader.readManifest({ repository: mirror, digest }, how))) ??
    reader.readManifest({ repository, digest }, how);

  const resolve: Reader["resolve"] = async (reference, how) => {
    const atMirrors = (): Promise<Descriptor | undefined> =>
      places.first(reference.repository, how, (mirror) => reader.resolve({ ...reference, repository: mirror }, how));
    if (reference.digest !== undefined) return (await atMirrors()) ?? reader.resolve(reference, how);
    return resolveTag(reference, () => reader.resolve(reference, how), atMirrors);
  };

  const resolveByContent: Reader["resolveByContent"] = (reference, how) =>
    resolveTag(
      reference,
      () => reader.resolveByContent(reference, how),
      () =>
        places.first(reference.repository, how, (mirror) => reader.resolve({ ...reference, repository: mirror }, how)),
    );

  const resolveTag = async (
    { repository }: Reference,
    atRegistry: () => Promise<Descriptor | undefined>,
    atMirrors: () => Promise<Descriptor | undefined>,
  ): Promise<Descriptor | undefined> => {
    const isKnownToBeAway = places.isAway(repository);
    const early = isKnownToBeAway ? await atMirrors() : undefined;
    if (early !== undefined) return early;
    try {
      return await atRegistry();
    } catch (thrown) {
      if (isKnownToBeAway || !isUnreachable(thrown)) throw thrown;
      const found = await atMirrors();
      // a mirror without the tag does not prove that the tag does not exist
      if (found === undefined) throw thrown;
      places.noteAway(repository, thrown);
      return found;
    }
  };

  const open: Blobs["open"] = async (repository, descriptor, how) => {
    const found = await places.first(repository, how, async (mirror) =>
      guarded(await blobs.open(mirror, descriptor, how), (thrown) => places.leaveOut(mirror, thrown, how)),
    );
    return found ?? blobs.open(repository, descriptor, how);
  };

  const orUnreachable = async <T>(repository: Repository, listing: Promise<T>): Promise<T> => {
    try {
      return await listing;
    } catch (thrown) {
      if (!isUnreachable(thrown) || mirrorsOf(repository).length === 0) throw thrown;
      throw new RegistryError({ ...thrown.details, code: "REGISTRY_UNREACHABLE" }, thrown.facts, { cause: thrown });
    }
  };
  const listTags: Reader["listTags"] = (repository, how) => orUnreachable(repository, reader.listTags(repository, how));
  const listReferrers: Reader["listReferrers"] = (reference, how) =>
    orUnreachable(reference.repository, reader.listReferrers(reference, how));

  return {
    ...client,
    reader: { ...reader, readManifest, resolve, resolveByContent, listTags, listReferrers },
    blobs: { ...blobs, open },
  };
}

type Places = {
  /** Returns the result of the first mirror that has the content, or undefined if none has. */
  readonly first: <T>(
    repository: Repository,
    how: Cancellable,
    read: (mirror: Repository) => Promise<T | undefined>,
  ) => Promise<T | undefined>;
  readonly leaveOut: (mirror: Repository, thrown: unknown, how: Cancellable) => void;
  readonly isAway: (repository: Repository) => boolean;
  readonly noteAway: (repository: Repository, thrown: unknown) => void;
};

/** Tracks which mirrors are still usable. A failed mirror has already had all regular retries. */
function createPlaces({ mirrorsOf, onWarning }: MirrorOptions): Places {
  const leftOut = new Set<string>();
  const away = new Set<string>();
  const leaveOut: Places["leaveOut"] = (mirror, thrown, { signal }) => {
    if (signal.aborted) throw thrown;
    const { code, message } = toErrorDetails(thrown);
    if (code === "INTERNAL") throw thrown;
    if (code === "CONTENT_MISSING") return;
    const isAboutRepository = code === "DENIED" || code === "UNAUTHENTICATED";
    leftOut.add(isAboutRepository ? formatRepository(mirror) : mirror.host);
    onWarning(mirror.host, `this mirror is not used any further: ${message}`);
  };
  return {
    first: async (repository, how, read) => {
      for (const mirror of mirrorsOf(repository)) {
        if (leftOut.has(mirror.host) || leftOut.has(formatRepository(mirror))) continue;
        try {
          const found = await read(mirror);
          if (found !== undefined) return found;
        } catch (thrown) {
          leaveOut(mirror, thrown, how);
        }
      }
      return undefined;
    },
    leaveOut,
    isAway: ({ host }) => away.has(host),
    noteAway: ({ host, path }, thrown) => {
      away.add(host);
      const mirrors = mirrorsOf({ host, path }).map((mirror) => mirror.host);
      onWarning(
        host,
        `tags are read from ${mirrors.join(" or ")}, which may be behind: ${toErrorDetails(thrown).message}`,
      );
    },
  };
}

/** Reads bytes from a mirror. If they break off or do not match, the mirror is left out and the error is retryable. */
async function* guarded(
  bytes: AsyncIterable<Uint8Array>,
  onFailure: (thrown: unknown) => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (thrown) {
    onFailure(thrown);
    if (!(thrown instanceof RegistryError)) throw thrown;
    throw new RegistryError(thrown.details, { ...thrown.facts, isRetryable: true }, { cause: thrown });
  }
}

function isUnreachable(thrown: unknown): thrown is RegistryError {
  if (!(thrown instanceof RegistryError)) return false;
  const { code } = thrown.details;
  return code === "REGISTRY_UNREACHABLE" || code === "REGISTRY_TIMEOUT" || (thrown.facts.status ?? 0) >= 500;
}

/** Returns the repository at the mirror: the mirror's path, if any, followed by the repository's path. */
export function atMirror({ host, path }: Repository, repository: Repository): Repository {
  return { host, path: path === "" ? repository.path : `${path}/${repository.path}` };
}
