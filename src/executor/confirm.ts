import type { Attachment } from "../model/attachment.ts";
import type { Digest } from "../model/digest.ts";
import { ImgsyncError, withContext } from "../model/error.ts";
import { type AttachmentPlaces, attachmentPlaces, type Change } from "../model/plan.ts";
import type { Cancellable, Clock, Reader } from "../model/ports.ts";
import { formatReference, type Reference, type Repository, type TagReference } from "../model/reference.ts";
import { holdsAll } from "../model/signature-tag.ts";
import { growingWaits } from "../http/growing-waits.ts";
import { lostRace } from "./blocked.ts";
import { type ChildLook, confirmChildren } from "./confirm-children.ts";
import type { Guard } from "./guard.ts";
import { createLookByBoth } from "./look-at-target.ts";
import type { SettleTimes } from "./settle.ts";

/** A tag that was written, and the digest that the registry reported for it. */
export type WrittenTag = {
  readonly target: TagReference;
  readonly digest: Digest;
  /** The digest before the write; undefined if the tag did not exist. */
  readonly observed: Digest | undefined;
  readonly guard?: Guard | undefined;
};

export type ConfirmOptions = Cancellable & {
  readonly reader: Reader;
  readonly clock: Pick<Clock, "sleep">;
};

/**
 * Reads back a tag, and waits if the registry shows it late. The manifests under an index are checked too.
 * @throws BlockedMeanwhile if a tag that must not move has another image now, ImgsyncError TAG_STALE if any other tag has,
 * REGISTRY_PROTOCOL if the registry accepted the tag but does not have it
 */
export async function confirmTag(written: WrittenTag, options: ConfirmOptions): Promise<void> {
  const { target, digest, observed, guard } = written;
  const { reader, clock, signal } = options;
  const look = createLookByBoth(reader);
  const waits = growingWaits();
  for (;;) {
    const found = await readAgain(look(target, { signal }), signal);
    const now = found?.digest;
    if (found !== undefined && now === digest)
      return await confirmChildren(found, childLook(target.repository, options));
    if (now !== undefined && now !== observed) {
      if (guard !== undefined) throw lostRace(target, { wrote: digest, other: now, now, block: guard.block });
      throw stale(target, now);
    }
    const wait = waits.next();
    if (wait.done === true) throw notThere(target, now);
    await clock.sleep(wait.value, signal);
  }
}

function childLook(repository: Repository, { reader, clock, signal }: ConfirmOptions): ChildLook {
  const untilThere = async <T>(digest: Digest, read: () => Promise<T | undefined>): Promise<T> => {
    const waits = growingWaits();
    for (;;) {
      const found = await readAgain(read(), signal);
      if (found !== undefined) return found;
      const wait = waits.next();
      if (wait.done === true) throw notThere({ repository, digest }, undefined);
      await clock.sleep(wait.value, signal);
    }
  };
  return {
    read: ({ digest }) => untilThere(digest, () => reader.readManifest({ repository, digest }, { signal })),
    confirm: async ({ digest }) => {
      await untilThere(digest, () => reader.resolve({ repository, digest }, { signal }));
    },
  };
}

/** Like {@link confirmTag}, but first waits until clients that could not yet see this write have finished theirs. */
export async function confirmSettled(
  written: WrittenTag,
  options: ConfirmOptions & { readonly settle: SettleTimes },
): Promise<void> {
  if (written.guard?.isOurs === true) await options.clock.sleep(options.settle.waitMs, options.signal);
  await confirmTag(written, options);
}

/** Checks what was attached to an image, by its digest or by its signature tag. */
export async function confirmAttachments(change: Change, options: ConfirmOptions): Promise<void> {
  const { attachments = [] } = change;
  const places = attachmentPlaces(change);
  if (places === undefined) return;
  for (const attachment of attachments) await confirmAttachment(attachment, places, options);
}

async function confirmAttachment(
  attachment: Attachment,
  places: AttachmentPlaces,
  { reader, clock, signal }: ConfirmOptions,
): Promise<void> {
  const repository = places.target;
  const { tag, digest } = attachment;
  const reference: Reference = tag === undefined ? { repository, digest } : { repository, tag };
  const waits = growingWaits();
  for (;;) {
    const now = (await readAgain(reader.resolve(reference, { signal }), signal))?.digest;
    if (now === digest) return;
    if (now !== undefined && (await holds(now, attachment, places, { reader, signal }))) return;
    const wait = waits.next();
    if (wait.done === true) throw notThere(reference, now);
    await clock.sleep(wait.value, signal);
  }
}

/** Whether a cosign tag contains the attached signatures in addition to others. */
async function holds(
  now: Digest,
  { digest }: Attachment,
  { source, target }: AttachmentPlaces,
  { reader, signal }: Pick<ConfirmOptions, "reader" | "signal">,
): Promise<boolean> {
  const there = await reader.readManifest({ repository: target, digest: now }, { signal });
  const wanted = await reader.readManifest({ repository: source, digest }, { signal });
  return there !== undefined && wanted !== undefined && holdsAll(there, wanted);
}

/** Content that cannot be read back may be missing, so it is never reported as applied. */
async function readAgain<T>(reading: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await reading;
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const { details } = withContext(thrown, { side: "target" });
    const message = `it was written, but could not be read again: ${details.message}`;
    throw new ImgsyncError({ ...details, message }, { cause: thrown });
  }
}

function stale(target: TagReference, now: Digest): ImgsyncError {
  return new ImgsyncError({
    code: "TAG_STALE",
    side: "target",
    reference: formatReference(target),
    message: `the tag was written, and points at ${now} now: another client moved it right afterwards`,
    hint: "plan again",
  });
}

function notThere(reference: Reference, now: Digest | undefined): ImgsyncError {
  const { repository, tag } = reference;
  const what = tag === undefined ? "manifest" : "tag";
  return new ImgsyncError({
    code: "REGISTRY_PROTOCOL",
    side: "target",
    reference: formatReference(reference),
    message: `${repository.host} accepted the ${what}, but ${now === undefined ? "does not have it" : `it still points at ${now}`}`,
    hint: "plan again: it may appear later; if it does not, the registry or a proxy in front of it silently drops writes",
  });
}
