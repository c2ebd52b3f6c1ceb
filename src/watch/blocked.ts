import type { Report } from "../model/event.ts";
import { formatReference } from "../model/reference.ts";
import type { BlockedTag } from "../model/watch.ts";

type Blocked = ReadonlyMap<string, BlockedTag>;

/** What is blocked after a run: each target that it looked at as it found it, the others as before. */
export function updateBlocked(before: Blocked, report: Report, now: Date): Blocked {
  const after = new Map(before);
  for (const { change, result } of report.results) {
    const key = formatReference(change.target);
    const block = result.block ?? change.block;
    if (result.outcome !== "blocked") after.delete(key);
    else
      after.set(key, {
        target: change.target,
        since: before.get(key)?.since ?? now,
        ...(block === undefined ? {} : { block }),
      });
  }
  return after;
}
