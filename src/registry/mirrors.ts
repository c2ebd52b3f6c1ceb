import type { Descriptor } from "../model/descriptor.ts";
import { toErrorDetails } from "../model/error.ts";
import type { Cancellable, Reader } from "../model/ports.ts";
import { formatRepository, type Reference, type Repository } from "../model/reference.ts";
import type { Blobs } from "./blobs.ts";
import type { RegistryClient } from "./client.ts";
import { RegistryError } from "../http/error.ts";

export type MirrorOptions = {
  /** The mirrors of a repository that is only read, in the order they are tried; empty for every other one. */
  readonly mirrorsOf: (repository: Repository) => readonly Repository[];
  readonly onWarning: (host: string, text: string) => void;
};

/**
 * The same client, reading from mirrors: content by digest from the first that has it, for whatever it is, its digest tells
 * whether it is right. A tag is the registry's own to tell, since a mirror may be behind; mirrors are asked for it only while
 * the registry cannot be reached. Lists are never a mirror's: one that holds only what was asked of it would leave tags out. Where
 * the registry has none to give, the error says that it cannot be reached, whatever a gateway in front of it answers.
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
      // a mirror that does not have the tag does not say that there is none
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
    reader: { ...reader, readManifest, resolve, listTags, listReferrers },
    blobs: { ...blobs, open },
  };
}

type Places = {
  /** What the first mirror says that has it; undefined: none has. */
  readonly first: <T>(
    repository: Repository,
    how: Cancellable,
    read: (mirror: Repository) => Promise<T | undefined>,
  ) => Promise<T | undefined>;
  readonly leaveOut: (mirror: Repository, thrown: unknown, how: Cancellable) => void;
  readonly isAway: (repository: Repository) => boolean;
  readonly noteAway: (repository: Repository, thrown: unknown) => void;
};

/** Which mirrors are still worth asking: each has been tried as often as any registry is when it fails. */
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

/** Bytes of a mirror: where they break off or prove wrong, the mirror is left out, and the blob is worth another try. */
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

/** Where a mirror keeps a repository: under its own path, if it has one, then under the repository's. */
export function atMirror({ host, path }: Repository, repository: Repository): Repository {
  return { host, path: path === "" ? repository.path : `${path}/${repository.path}` };
}
