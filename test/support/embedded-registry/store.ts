import { type Digest, digestOf } from "../../../src/model/digest.ts";
import type { TestImage } from "../images.ts";

export type StoredManifest = { readonly mediaType: string; readonly digest: Digest; readonly bytes: Uint8Array };

/** An open upload, whose chunks are joined at the end. */
export type UploadSession = {
  readonly repository: string;
  readonly chunks: readonly Uint8Array[];
};

/** The content of the registry, which tests can inspect and change without a request. */
export type Store = {
  readonly repositories: () => readonly string[];
  readonly has: (repository: string) => boolean;
  readonly createRepository: (repository: string) => void;
  readonly putBlob: (repository: string, bytes: Uint8Array, algorithm?: "sha256" | "sha512") => Digest;
  readonly getBlob: (repository: string, digest: string) => Uint8Array | undefined;
  readonly deleteBlob: (repository: string, digest: string) => boolean;
  readonly blobs: (repository: string) => readonly Digest[];
  readonly putManifest: (repository: string, manifest: StoredManifest, tag?: string) => void;
  readonly getManifest: (repository: string, reference: string) => StoredManifest | undefined;
  readonly deleteManifest: (repository: string, digest: string) => boolean;
  readonly manifests: (repository: string) => readonly StoredManifest[];
  readonly tags: (repository: string) => ReadonlyMap<string, Digest>;
  readonly setTag: (repository: string, tag: string, digest: Digest) => void;
  readonly deleteTag: (repository: string, tag: string) => boolean;
  /** Stores an image with all of its content, and tags it if a tag is given. */
  readonly putImage: (repository: string, tag: string | undefined, image: TestImage) => Digest;
  /** Open upload sessions by ID. A well-behaved client leaves none. */
  readonly uploads: Map<string, UploadSession>;
};

type Content = {
  readonly blobs: Map<string, { readonly digest: Digest; readonly bytes: Uint8Array }>;
  readonly manifests: Map<string, StoredManifest>;
  readonly tags: Map<string, Digest>;
};

export function createStore(): Store {
  const contents = new Map<string, Content>();
  const store: Store = {
    repositories: () => [...contents.keys()].toSorted(),
    has: (repository) => contents.has(repository),
    createRepository: (repository) => void content(contents, repository),
    ...blobAccess(contents),
    ...manifestAccess(contents),
    ...tagAccess(contents),
    putImage: (repository, tag, image) => putImage(store, repository, tag, image),
    uploads: new Map(),
  };
  return store;
}

function blobAccess(contents: Map<string, Content>): Pick<Store, "putBlob" | "getBlob" | "deleteBlob" | "blobs"> {
  return {
    putBlob: (repository, bytes, algorithm = "sha256") => {
      const digest = digestOf(bytes, algorithm);
      content(contents, repository).blobs.set(digest, { digest, bytes });
      return digest;
    },
    getBlob: (repository, digest) => contents.get(repository)?.blobs.get(digest)?.bytes,
    deleteBlob: (repository, digest) => contents.get(repository)?.blobs.delete(digest) ?? false,
    blobs: (repository) => [...(contents.get(repository)?.blobs.values() ?? [])].map(({ digest }) => digest),
  };
}

function manifestAccess(
  contents: Map<string, Content>,
): Pick<Store, "putManifest" | "getManifest" | "deleteManifest" | "manifests"> {
  return {
    putManifest: (repository, manifest, tag) => {
      const { manifests, tags } = content(contents, repository);
      manifests.set(manifest.digest, manifest);
      if (tag !== undefined) tags.set(tag, manifest.digest);
    },
    getManifest: (repository, reference) => {
      const found = contents.get(repository);
      return found?.manifests.get(reference.includes(":") ? reference : (found.tags.get(reference) ?? ""));
    },
    deleteManifest: (repository, digest) => {
      const found = contents.get(repository);
      if (found === undefined || !found.manifests.delete(digest)) return false;
      for (const [tag, target] of found.tags) if (target === digest) found.tags.delete(tag);
      return true;
    },
    manifests: (repository) => [...(contents.get(repository)?.manifests.values() ?? [])],
  };
}

function tagAccess(contents: Map<string, Content>): Pick<Store, "tags" | "setTag" | "deleteTag"> {
  return {
    tags: (repository) => contents.get(repository)?.tags ?? new Map<string, Digest>(),
    setTag: (repository, tag, digest) => void content(contents, repository).tags.set(tag, digest),
    deleteTag: (repository, tag) => contents.get(repository)?.tags.delete(tag) ?? false,
  };
}

function content(contents: Map<string, Content>, repository: string): Content {
  const found = contents.get(repository);
  if (found !== undefined) return found;
  const created: Content = { blobs: new Map(), manifests: new Map(), tags: new Map() };
  contents.set(repository, created);
  return created;
}

function putImage(store: Store, repository: string, tag: string | undefined, image: TestImage): Digest {
  for (const child of image.children) putImage(store, repository, undefined, child);
  for (const blob of image.blobs) store.putBlob(repository, blob.bytes);
  const { mediaType, digest, bytes } = image;
  store.putManifest(repository, { mediaType, digest, bytes }, tag);
  return digest;
}
