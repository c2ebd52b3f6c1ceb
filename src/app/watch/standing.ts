import type { ErrorDetails } from "../../model/error.ts";
import type { Report } from "../../model/event.ts";
import type { EntryFailure } from "../../model/plan.ts";
import { formatPosition } from "../../model/position.ts";
import { formatReference, formatRepository } from "../../model/reference.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import type { BlockedTag } from "../../model/watch.ts";
import { defined } from "../../model/defined.ts";

/** What differs from the manifest as of the last look at each target. A run only looks at what is due. */
export type Standing = {
  readonly blocked: ReadonlyMap<string, BlockedTag>;
  readonly troubles: ReadonlyMap<string, Trouble>;
};

type Trouble = {
  /** Identifies the problem; the same as long as the problem is the same. */
  readonly text: string;
  /** The affected target repositories. */
  readonly repositories: readonly string[];
};

type Run = { readonly manifest: SyncManifest; readonly schedules: readonly string[]; readonly now: Date };

export const NOTHING_STANDS: Standing = { blocked: new Map(), troubles: new Map() };

/**
 * Updates the standing after a run with a report. Everything the run covered is replaced by its findings; a tag that is no longer selected
 * is dropped.
 */
export function updateStanding(before: Standing, report: Report, { manifest, schedules, now }: Run): Standing {
  const failures = report.failures ?? [];
  const looked = new Set(manifest.entries.flatMap(({ targets }) => targets.map(nameOf)));
  // if a selector failed, its tags are unknown
  const unknown = new Set(failures.flatMap(({ targets }) => targets.map((repository) => formatRepository(repository))));
  const isOver = (repository: string): boolean => looked.has(repository) && !unknown.has(repository);
  const results = new Map(report.results.map((one) => [formatReference(one.change.target), one]));
  const runs = new Set(schedules.map(keyOfRun));
  const isKept = (key: string, repositories: readonly string[]): boolean =>
    !results.has(key) && !runs.has(key) && (repositories.length === 0 || !repositories.every(isOver));
  const blocked = new Map([...before.blocked].filter(([key, { target }]) => isKept(key, [nameOf(target)])));
  const troubles = new Map([...before.troubles].filter(([key, { repositories }]) => isKept(key, repositories)));
  for (const [key, { change, result }] of results) {
    const { target } = change;
    const { outcome, error, block = change.block } = result;
    if (outcome !== "applied" && outcome !== "unchanged")
      troubles.set(key, { text: `${key} ${outcome} ${error?.code ?? ""}`, repositories: [nameOf(target)] });
    if (outcome !== "blocked") continue;
    const since = before.blocked.get(key)?.since ?? now;
    blocked.set(key, { target, since, ...defined({ block }) });
  }
  for (const failure of failures) troubles.set(keyOfFailure(failure), troubleOf(failure));
  return { blocked, troubles };
}

/** Updates the standing after a run that failed before it had a report. */
export function updateStandingAfterFailure(
  before: Standing,
  { code, reference = "" }: ErrorDetails,
  { schedules }: Pick<Run, "schedules">,
): Standing {
  const text = `${code} ${reference}`;
  const more = schedules.map((schedule) => [keyOfRun(schedule), { text, repositories: [] }] as const);
  return { ...before, troubles: new Map([...before.troubles, ...more]) };
}

function troubleOf(failure: EntryFailure): Trouble {
  const { code, reference = "" } = failure.error;
  return {
    text: `${keyOfFailure(failure)} ${code} ${reference}`,
    repositories: failure.targets.map((repository) => formatRepository(repository)),
  };
}

function keyOfFailure({ positions }: EntryFailure): string {
  return `entry ${positions.map(formatPosition).join(" ")}`;
}

function keyOfRun(schedule: string): string {
  return `schedule ${schedule}`;
}

function nameOf({ repository }: Pick<BlockedTag["target"], "repository">): string {
  return formatRepository(repository);
}
