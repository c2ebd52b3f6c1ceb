import { ImgsyncError } from "../model/error.ts";
import type { Change } from "../model/plan.ts";
import type { ApplyOptions, Cancellable, Clock, Reader } from "../model/ports.ts";
import { formatReference } from "../model/reference.ts";
import { foundMeanwhile } from "./blocked.ts";
import { guardOf, type GuardOptions } from "./guard.ts";
import { createLookByBoth, createTargetLook } from "./look-at-target.ts";

export type RecheckOptions = Cancellable &
  GuardOptions & {
    readonly reader: Pick<Reader, "resolve" | "resolveByContent" | "listTags">;
    readonly clock: Pick<Clock, "monotonic">;
    /** When the plan read the targets, on the monotonic clock; undefined if a person has reviewed the plan since. */
    readonly plannedAt: number | undefined;
  };

/** Maximum age of the plan's own look at a tag before the tag is read again. */
const FRESH_MS = 60_000;

/**
 * Looks at the target tag right before it is written: always if a person reviewed the plan, for a tag under an immutable rule, before a
 * delete and before a backup; otherwise only if the plan's own look is too old. A tag that must not move is absent only if HEAD and GET
 * agree.
 * @throws BlockedMeanwhile if the tag must not move and has another image by now, ImgsyncError TAG_STALE if the tag is neither as planned
 * nor already up to date
 */
export function createRecheck(change: Change, options: RecheckOptions): ApplyOptions["recheck"] {
  const { reader, clock, plannedAt, signal } = options;
  const { target, action, wanted, observed } = change;
  const guard = guardOf(target, options);
  const look = guard === undefined ? createTargetLook(reader) : createLookByBoth(reader);
  return async (isWanted) => {
    const isFresh = plannedAt !== undefined && clock.monotonic() - plannedAt <= FRESH_MS;
    const isDestructive = action === "delete" || change.backup !== undefined;
    if (isFresh && guard === undefined && !isDestructive) return "go";
    const now = (await look(target, { signal }))?.digest;
    if (now !== undefined && (now === wanted || (await isWanted?.(now)) === true)) return "done";
    if (now === undefined && action === "delete") return "done";
    if (now === (observed ?? undefined)) return "go";
    if (now !== undefined && guard !== undefined)
      throw foundMeanwhile(target, { now, planned: observed, block: guard.block });
    throw new ImgsyncError({
      code: "TAG_STALE",
      side: "target",
      reference: formatReference(target),
      message: `the tag ${now === undefined ? "is gone" : `points at ${now} now`}, which is not what the plan saw (${observed ?? "nothing"})`,
      hint: "another client changed it; plan again",
    });
  };
}
