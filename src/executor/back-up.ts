import { ImgsyncError, withContext } from "../model/error.ts";
import type { Change } from "../model/plan.ts";
import type { Cancellable, Clock, PutTag, Reader } from "../model/ports.ts";
import { formatReference, type TagReference } from "../model/reference.ts";
import { confirmTag, type WrittenTag } from "./confirm.ts";
import { guardOf, type GuardOptions } from "./guard.ts";
import { createLookByBoth, createTargetLook } from "./look-at-target.ts";

export type BackUpOptions = Cancellable &
  GuardOptions & {
    readonly reader: Reader;
    readonly clock: Pick<Clock, "sleep">;
    /** Writes the backup. Required if the change has one. */
    readonly putTag?: PutTag;
    /** Read back the backup before the tag moves. A backup that must not move is always read back. */
    readonly verify?: boolean;
  };

/** Notes about a backup, and the tag written for it. */
export type BackedUp = { readonly notes: readonly string[]; readonly written?: WrittenTag };

export const NO_BACKUP: BackedUp = { notes: [] };

/**
 * Writes the backup tag of an image that a tag is about to leave: after the last look at the tag, so that it is exactly this image, and
 * before the tag moves. An existing backup is not changed.
 * @throws ImgsyncError if the backup fails; the tag must not move then
 */
export async function backUp(change: Change, options: BackUpOptions): Promise<BackedUp> {
  const { reader, putTag, verify = false, signal } = options;
  const { action, backup, observed } = change;
  if (action !== "update" || backup === undefined) return NO_BACKUP;
  if (putTag === undefined || !observed) throw new Error(`no backup can be made of ${formatReference(change.target)}`);
  const target: TagReference = { repository: change.target.repository, tag: backup.tag };
  const guard = guardOf(target, options);
  const look = guard === undefined ? createTargetLook(reader) : createLookByBoth(reader);
  try {
    const now = (await look(target, { signal }))?.digest;
    const notes = [`backed up as ${backup.tag}`];
    if (now === observed) return { notes };
    if (now !== (backup.observed ?? undefined)) throw moved(now, backup.observed);
    await putTag(target, observed, { observed: now, signal });
    const written = { target, digest: observed, observed: now, guard };
    if (verify || guard !== undefined) await confirmTag(written, options);
    return { notes, written };
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const { details } = withContext(thrown, { side: "target" });
    const message = `the tag was not moved, because its image could not be backed up as "${backup.tag}": ${details.message}`;
    throw new ImgsyncError({ ...details, reference: formatReference(target), message }, { cause: thrown });
  }
}

function moved(now: string | undefined, before: string | null): ImgsyncError {
  return new ImgsyncError({
    code: "TAG_STALE",
    message: `that tag ${now === undefined ? "is gone" : `points at ${now} now`}, which is not what the plan saw (${before ?? "nothing"})`,
    hint: "another client changed it; plan again",
  });
}
