import type { Emit } from "../../model/event.ts";
import type { OnReadProgress } from "../../model/read-progress.ts";
import type { RunProgress } from "../../model/watch.ts";
import { isMoving } from "../../model/plan.ts";
import { createProgressState } from "../../reporters/terminal/progress-state.ts";

/** Receives what a run does. */
export type RunListener = { readonly onReading: OnReadProgress; readonly onEvent: Emit };

export type ProgressTracker = RunListener & { readonly read: () => RunProgress };

/** How many of the tags that are written at the same time are listed. */
const MOST_CURRENT = 5;

/** Follows one run. */
export function followRun({ startedAt, schedules }: Pick<RunProgress, "startedAt" | "schedules">): ProgressTracker {
  const state = createProgressState();
  let reading: RunProgress["reading"] = { answered: 0, asked: 0 };
  let hasPlan = false;
  let failed = 0;
  return {
    onReading: ({ answered, asked }) => {
      reading = { answered, asked };
    },
    onEvent: (event) => {
      state.update(event);
      if (event.type === "run.started") hasPlan = true;
      if (event.type !== "change.finished" || !isMoving(event.change)) return;
      const { outcome } = event.result;
      if (outcome !== "applied" && outcome !== "unchanged") failed += 1;
    },
    read: () => {
      if (!hasPlan) return { startedAt, schedules, reading };
      const { done, total, doneBytes, totalBytes, inFlight } = state.read();
      const current = inFlight.slice(0, MOST_CURRENT).map(({ change }) => change.target);
      return { startedAt, schedules, reading, applying: { done, total, failed, doneBytes, totalBytes, current } };
    },
  };
}
