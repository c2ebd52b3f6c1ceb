import { ImgsyncError, withContext } from "../model/error.ts";
import type { Change } from "../model/plan.ts";
import type { Cancellable, PutTag, Reader } from "../model/ports.ts";
import { formatReference, type TagReference } from "../model/reference.ts";
import { createTargetLook } from "./look-at-target.ts";

export type BackUpOptions = Cancellable & {
  readonly reader: Pick<Reader, "resolve" | "listTags">;
  /** Needed where a change has a backup. */
  readonly putTag?: PutTag;
};

/**
 * Gives the image that a tag is about to be moved away from its backup tag: after the last look at the tag, so that it is this
 * very image, and before the tag moves. A backup that is there already is left as it is. Resolves to what there is to tell.
 * @throws ImgsyncError where it cannot be kept: then the tag must not move
 */
export async function backUp(change: Change, { reader, putTag, signal }: BackUpOptions): Promise<readonly string[]> {
  const { action, backup, observed } = change;
  if (action !== "update" || backup === undefined) return [];
  if (putTag === undefined || !observed) throw new Error(`no backup can be made of ${formatReference(change.target)}`);
  const target: TagReference = { repository: change.target.repository, tag: backup.tag };
  try {
    const now = (await createTargetLook(reader)(target, { signal }))?.digest;
    const note = `backed up as ${backup.tag}`;
    if (now === observed) return [note];
    if (now !== (backup.observed ?? undefined)) throw moved(now, backup.observed);
    await putTag(target, observed, { observed: now, signal });
    return [note];
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const { details } = withContext(thrown, { side: "target" });
    const message = `the tag stays where it is, because its image could not be kept as "${backup.tag}": ${details.message}`;
    throw new ImgsyncError({ ...details, reference: formatReference(target), message }, { cause: thrown });
  }
}

function moved(now: string | undefined, before: string | null): ImgsyncError {
  return new ImgsyncError({
    code: "TAG_STALE",
    message: `that tag ${now === undefined ? "is gone" : `points at ${now} now`}, which is not what the plan saw (${before ?? "nothing"})`,
    hint: "somebody else changed it; plan again",
  });
}
