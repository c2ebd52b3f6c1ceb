import { type ErrorDetails, ImgsyncError } from "../model/error.ts";
import type { Change, Plan } from "../model/plan.ts";
import { findUnconfirmed, partAboutDeletes } from "../planner/confirm-deletes.ts";
import { lookNow } from "./make-plan.ts";
import type { OnReadProgress } from "../model/read-progress.ts";
import type { Session } from "./session/session.ts";

/**
 * Resolves the selectors that justify these deletes again, with fresh reads of source and target. Returns the deletes that must not be
 * made, with the reason for each.
 */
export async function confirmDeletes(
  session: Session,
  deletes: readonly Change[],
  onProgress?: OnReadProgress,
): Promise<ReadonlyMap<Change, ErrorDetails>> {
  const manifest = partAboutDeletes(session.manifest, deletes);
  return findUnconfirmed(
    deletes,
    await lookNow({ ...session, manifest }, { only: undefined, sizes: false, onProgress }),
  );
}

/**
 * Refuses a saved plan as a whole, before its first write, if it deletes tags that the manifest does not delete: the plan is outdated or
 * was edited.
 * @throws ImgsyncError PLAN_OUTDATED
 */
export async function refuseUnconfirmedDeletes(
  session: Session,
  { changes }: Plan,
  onProgress?: OnReadProgress,
): Promise<void> {
  const deletes = changes.filter(({ action }) => action === "delete");
  if (deletes.length === 0) return;
  const unconfirmed = await confirmDeletes(session, deletes, onProgress);
  const [first] = unconfirmed.values();
  if (first === undefined) return;
  const others = unconfirmed.size === 1 ? "" : `, and ${unconfirmed.size - 1} more of its deletes are refused`;
  throw new ImgsyncError({
    ...first,
    code: "PLAN_OUTDATED",
    message: `${first.message}${others}; nothing was written`,
    hint: "plan again, and review what it deletes",
  });
}
