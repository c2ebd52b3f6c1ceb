import type { Descriptor } from "../model/descriptor.ts";
import type { Digest } from "../model/digest.ts";
import { isForeignLayer, type ManifestContent } from "../model/manifest.ts";
import { ImgsyncError } from "../model/error.ts";
import type { Cancellable, Reader, Repaired } from "../model/ports.ts";
import { type DigestReference, formatReference, type Repository } from "../model/reference.ts";
import type { BlobReader } from "../model/store.ts";
import { settleAll } from "../async/settle-all.ts";
import { withSide } from "../http/error.ts";
import { growingWaits } from "../http/growing-waits.ts";
import { putByDigest } from "./put-by-digest.ts";
import { type CopyTools, type ImageGraph, readGraph } from "./copy-image.ts";

export type RepairTools = Pick<CopyTools, "manifests" | "blobs" | "ledger" | "retry" | "clock"> & {
  readonly reader: Reader;
  /** Checks whether the target has a blob. */
  readonly look: BlobReader["look"];
};

export type RepairRequest = Cancellable & {
  readonly source: Repository;
  readonly target: Repository;
  /** The digest of the target tag. */
  readonly wanted: Digest;
  /** Reads the same manifest from the source, in case the target has lost it. */
  readonly readTop: () => Promise<ManifestContent>;
  /** Check all restored content again. */
  readonly verify?: boolean | undefined;
};

/**
 * Walks the image at the target and copies missing content from the source, leaves first. Everything is written by digest, so no tag
 * changes. If nothing is missing, nothing is written and the source is not contacted.
 */
export async function repairImage(request: RepairRequest, tools: RepairTools): Promise<Repaired> {
  const { source, target, wanted, readTop, signal } = request;
  const { reader } = tools;
  const lost = new Set<Digest>();
  const readFirst = async <T>(digest: Digest, elsewhere: () => Promise<T>): Promise<ManifestContent | T> => {
    const found = await atTarget({ repository: target, digest }, () =>
      reader.readManifest({ repository: target, digest }, { signal }),
    );
    if (found !== undefined) return found;
    lost.add(digest);
    return elsewhere();
  };
  const top = await readFirst(wanted, readTop);
  const readManifest: Reader["readManifest"] = ({ digest }) =>
    readFirst(digest, () => reader.readManifest({ repository: source, digest }, { signal }));
  const graph = await readGraph(top, { reader: { ...reader, readManifest }, source, signal });
  return restore(graph, { ...request, lost }, tools);
}

type Restoring = RepairRequest & { readonly lost: ReadonlySet<Digest> };

async function restore(graph: ImageGraph, restoring: Restoring, tools: RepairTools): Promise<Repaired> {
  const { source, target, lost, signal } = restoring;
  const blobs = new Map<Digest, Promise<number | undefined>>();
  const unclear = new Set<Digest>();
  let restoredManifests = 0;
  const bring = async (blob: Descriptor): Promise<number | undefined> => {
    const { digest } = blob;
    const presence = await tools.look(target, digest, { signal });
    if (presence === "unknown") unclear.add(digest);
    if (presence !== "absent") return undefined;
    let bytes = 0;
    // another change may have recorded it, but the registry just reported it missing
    tools.ledger.forget(target, digest);
    const count = { onBytes: () => undefined, onSent: (sent: number) => void (bytes += sent) };
    await tools.blobs.copy({ descriptor: blob, source, target, signal, ...count });
    return bytes;
  };
  const visit = async ({ content, children, blobs: direct }: ImageGraph): Promise<void> => {
    const { digest } = content.descriptor;
    const leaves = direct.filter((blob) => !isForeignLayer(blob));
    const bringOnce = (blob: Descriptor): Promise<number | undefined> => {
      const bringing = blobs.get(blob.digest) ?? bring(blob);
      blobs.set(blob.digest, bringing);
      return bringing;
    };
    await settleAll<unknown>([...children.map(visit), ...leaves.map(bringOnce)]);
    if (!lost.has(digest)) return;
    await putByDigest(tools, { target, content, signal });
    restoredManifests += 1;
  };
  await atTarget({ repository: target, digest: restoring.wanted }, () => visit(graph));
  if (restoring.verify === true) {
    const restored = [...blobs].map(async ([digest, bytes]) => ((await bytes) === undefined ? [] : [digest]));
    for (const digest of (await Promise.all(restored)).flat())
      await confirm(
        { repository: target, digest },
        async () => (await tools.look(target, digest, { signal })) !== "absent",
        restoring,
        tools,
      );
    for (const digest of lost) {
      const reference = { repository: target, digest };
      const isThere = async () => (await tools.manifests.resolve(reference, { signal })) !== undefined;
      await confirm(reference, isThere, restoring, tools);
    }
  }
  if (unclear.size > 0) throw unchecked(target, unclear.size, blobs.size);
  const moved = (await Promise.all(blobs.values())).filter((bytes) => bytes !== undefined);
  return { restoredManifests, restoredBlobs: moved.length, transferredBytes: moved.reduce((sum, one) => sum + one, 0) };
}

/** Waits until the registry shows restored content. */
async function confirm(
  reference: DigestReference,
  isThere: () => Promise<boolean>,
  { signal }: Cancellable,
  { clock }: Pick<RepairTools, "clock">,
): Promise<void> {
  const waits = growingWaits();
  while (!(await isThere())) {
    const wait = waits.next();
    if (wait.done === true) {
      throw new ImgsyncError({
        code: "REGISTRY_PROTOCOL",
        side: "target",
        reference: formatReference(reference),
        message: `${reference.repository.host} accepted the restored content, but does not have it`,
        hint: "the registry or a proxy in front of it may silently drop writes",
      });
    }
    await clock.sleep(wait.value, signal);
  }
}

/** The error for blobs that could not be checked. They are left alone, and the repair does not count as a success. */
function unchecked({ host }: Repository, count: number, all: number): ImgsyncError {
  return new ImgsyncError({
    code: "REGISTRY_PROTOCOL",
    side: "target",
    message: `could not check ${count} of ${all} blobs: ${host} does not answer HEAD for blobs clearly`,
    hint: "the content known to be missing was restored; check the rest with the registry's own tools",
  });
}

/** Attributes errors without a side to the target. */
async function atTarget<T>(
  reference: { readonly repository: Repository; readonly digest: Digest },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw withSide(thrown, "target", formatReference(reference));
  }
}
