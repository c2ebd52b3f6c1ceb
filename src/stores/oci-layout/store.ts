import { diskOf } from "../../files/disk.ts";
import { parseDigest } from "../../model/digest.ts";
import type { Descriptor } from "../../model/descriptor.ts";
import type { ManifestContent } from "../../model/manifest.ts";
import type { Clock, Reader } from "../../model/ports.ts";
import type { Reference, Repository } from "../../model/reference.ts";
import type { BlobStore, ManifestStore, Store } from "../../model/store.ts";
import { readCreated } from "../../registry/created.ts";
import { type Layout, openBlob, sizeOfBlob, writeBlob, writeBytes } from "./blob-files.ts";
import { refusedLayout, withFileErrors } from "./failure.ts";
import { findLayout, openLayout, type Places } from "./folder.ts";
import { createIndexAccess } from "./index-access.ts";
import { entriesOf, withoutDigest, withoutTag, withTag, withUntagged } from "./index-file.ts";
import { readManifestFile, subjectOf } from "./manifest-files.ts";
import { createReferrers } from "./referrers.ts";

export type LayoutStoreOptions = Places & { readonly clock: Pick<Clock, "sleep"> };

/**
 * A store of OCI image layouts: each folder is one repository, and its tags are the names in index.json. Folders are not trusted: all
 * content is verified while it is read. OCI image-spec, image-layout.md.
 */
export function createLayoutStore({ clock, ...places }: LayoutStoreOptions): Store {
  const disk = diskOf(clock);
  const index = createIndexAccess(clock);
  const referrers = createReferrers();

  const reading = <T>(repository: Repository, work: (layout: Layout) => Promise<T>): Promise<T | undefined> =>
    withFileErrors(repository, async () => {
      const root = await findLayout(repository, places);
      return root === undefined ? undefined : work({ repository, root, disk });
    });
  const writing = <T>(repository: Repository, work: (layout: Layout) => Promise<T>): Promise<T> =>
    withFileErrors(repository, async () =>
      work({ repository, root: await openLayout(repository, places, disk), disk }),
    );

  const resolve = ({ repository, tag, digest }: Reference, signal: AbortSignal): Promise<Descriptor | undefined> =>
    reading(repository, async (layout) => {
      if (digest !== undefined) return (await readManifestFile(layout, digest, signal))?.descriptor;
      const [entry] = entriesOf(await index.read(layout), tag ?? "", repository);
      return entry?.descriptor;
    });

  const read: ManifestStore["read"] = ({ repository, digest }, { signal }) =>
    reading(repository, (layout) => readManifestFile(layout, digest, signal));

  const manifests: ManifestStore = {
    resolve: (reference, { signal }) => resolve(reference, signal),
    resolveByContent: (reference, { signal }) => resolve(reference, signal),
    read,
    put: (repository, name, content, { signal }) =>
      writing(repository, async (layout) => {
        await writeContent(layout, content);
        await index.change(layout, (now) => withTag(now, name, content, repository), signal);
        return content.descriptor.digest;
      }),
    putByDigest: (repository, content, { signal }) =>
      writing(repository, async (layout) => {
        await writeContent(layout, content);
        const isListed = subjectOf(content) !== undefined;
        if (isListed) await index.change(layout, (now) => withUntagged(now, content), signal);
        return { digest: content.descriptor.digest, isListed };
      }),
    remove: async (repository, name, { signal }) => {
      const removed = await reading(repository, async (layout) => {
        const digest = parseDigest(name);
        const { before, after } = await index.change(
          layout,
          (now) => (digest === undefined ? withoutTag(now, name, repository) : withoutDigest(now, digest)),
          signal,
        );
        return after.entries.length < before.entries.length;
      });
      return removed === true ? "deleted" : "absent";
    },
  };

  const blobs: BlobStore = {
    look: async (repository, digest) => {
      const size = await reading(repository, (layout) => sizeOfBlob(layout, digest));
      return size === undefined ? "absent" : "there";
    },
    open: async (repository, descriptor, { signal }) => {
      const body = await reading(repository, (layout) => openBlob(layout, descriptor, signal));
      if (body === undefined) throw refusedLayout(repository, "the layout is no longer in this folder");
      return body;
    },
    begin: ({ descriptor, target }) =>
      writing(target, async (layout) => {
        // a file of another size is damaged and gets replaced
        if ((await sizeOfBlob(layout, descriptor.digest)) === descriptor.size) return undefined;
        return (body) => withFileErrors(target, () => writeBlob(layout, descriptor, body));
      }),
  };

  const reader: Reader = {
    resolve: manifests.resolve,
    resolveByContent: manifests.resolveByContent,
    readManifest: read,
    listTags: (repository) =>
      reading(repository, async (layout) => {
        const { entries } = await index.read(layout);
        const tags = new Set(entries.flatMap(({ tag }) => tag ?? []));
        return { tags: [...tags].sort(), skipped: 0 };
      }),
    listReferrers: async (reference, { signal }) =>
      (await reading(reference.repository, async (layout) =>
        referrers.list(layout, await index.read(layout), { digest: reference.digest, signal }),
      )) ?? [],
    readCreated: (repository, config, options) => readCreated(blobs, repository, config, options),
  };

  return { reader, manifests, blobs };
}

async function writeContent(layout: Layout, { bytes, descriptor }: ManifestContent): Promise<void> {
  await writeBytes(layout, bytes, descriptor.digest);
}
