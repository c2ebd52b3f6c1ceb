import { withContext } from "../model/error.ts";
import type { ChangeResult } from "../model/event.ts";
import type { Change } from "../model/plan.ts";
import type { Engine, Repaired } from "../model/ports.ts";
import { formatReference } from "../model/reference.ts";
import { beginItem, type ItemOptions } from "./item.ts";

/** Whether the engine can check the content of this tag. */
export function isRepairable(change: Change, engine: Engine): boolean {
  return change.action === "none" && change.wanted !== undefined && engine.repair !== undefined;
}

/** Checks the content of a tag that is up to date, and reports what was restored. The tag itself does not change. */
export async function repairOne(
  change: Change,
  engine: Engine,
  options: ItemOptions & { readonly verify?: boolean },
): Promise<ChangeResult> {
  const { clock, verify, signal } = options;
  const start = clock.monotonic();
  const item = beginItem(change, options);
  const base = { transferredBytes: 0, notes: change.notes, ...(change.wanted && { digest: change.wanted }) };
  const ending = (rest: Pick<ChangeResult, "outcome"> & Partial<ChangeResult>): ChangeResult => ({
    ...base,
    ...rest,
    milliseconds: clock.monotonic() - start,
  });
  try {
    const repaired = await engine.repair?.(change, { verify, signal: item.signal });
    if (repaired === undefined || count(repaired) === 0) return ending({ outcome: "unchanged" });
    const { transferredBytes } = repaired;
    return ending({ outcome: "applied", transferredBytes, notes: [...change.notes, describe(repaired)] });
  } catch (thrown) {
    if (signal.aborted)
      return ending({
        outcome: "skipped",
        error: { code: "INTERRUPTED", message: "interrupted; the tag is as it was" },
      });
    const { details } = withContext(item.reasonFor(thrown), {
      side: "target",
      reference: formatReference(change.target),
    });
    return ending({ outcome: "failed", error: details });
  } finally {
    item.end();
  }
}

function count({ restoredBlobs, restoredManifests }: Repaired): number {
  return restoredBlobs + restoredManifests;
}

function describe({ restoredBlobs, restoredManifests }: Repaired): string {
  const parts = [
    ...(restoredBlobs === 0 ? [] : [`${restoredBlobs} ${restoredBlobs === 1 ? "blob" : "blobs"}`]),
    ...(restoredManifests === 0 ? [] : [`${restoredManifests} ${restoredManifests === 1 ? "manifest" : "manifests"}`]),
  ];
  return `repaired ${parts.join(" and ")}`;
}
