import type { ErrorDetails } from "../../model/error.ts";
import type { Report } from "../../model/event.ts";
import type { EntryFailure } from "../../model/plan.ts";
import { formatPosition } from "../../model/position.ts";
import { formatReference, formatRepository, type Repository } from "../../model/reference.ts";
import type { Catalog, SyncManifest } from "../../model/sync-manifest.ts";
import type { BlockedTag, FailedEntry, FailedSchedule, FailedTag, KeptRepository } from "../../model/watch.ts";
import { defined } from "../../model/defined.ts";
import { hintForBlocked } from "../../reporters/words/unblock.ts";
import { isBelowTarget } from "../../model/catalog.ts";
import { listRepositories, markFailing, updateRepositories } from "./repositories.ts";

/** What is known about the targets as of the last look at each of them. A run only looks at what is due. */
export type Standing = {
  /** By the name of the tag. */
  readonly blocked: ReadonlyMap<string, BlockedTag>;
  readonly failed: ReadonlyMap<string, FailedTag>;
  /** By the positions of the part of the manifest, and what the error is about: a part may have several. */
  readonly entries: ReadonlyMap<string, FailedEntry>;
  readonly schedules: ReadonlyMap<string, FailedSchedule>;
  /** All of the manifest, by name. */
  readonly repositories: ReadonlyMap<string, KeptRepository>;
};

type Run = { readonly manifest: SyncManifest; readonly schedules: readonly string[]; readonly now: Date };

/** The standing of a manifest that no run has looked at. Of an older manifest, only the last success of each repository is kept. */
export function beginStanding(manifest: SyncManifest, before?: Standing): Standing {
  const repositories = listRepositories(manifest, before?.repositories ?? new Map());
  return { blocked: new Map(), failed: new Map(), entries: new Map(), schedules: new Map(), repositories };
}

/**
 * Updates the standing after a run with a report. Everything the run covered is replaced by its findings; a tag that is no longer selected
 * is dropped.
 */
export function updateStanding(before: Standing, report: Report, { manifest, schedules, now }: Run): Standing {
  const failures = report.failures ?? [];
  const found = report.results.map(({ change }) => change.target.repository);
  const looked = [...targetsOf(manifest), ...found.filter((repository) => isBelowPattern(manifest, repository))];
  const lookedAt = new Set(looked.map(formatRepository));
  // if a selector failed, its tags are unknown
  const unknown = new Set(failures.flatMap(({ targets }) => targets.map(formatRepository)));
  const isLookedAt = (repository: Repository): boolean => lookedAt.has(formatRepository(repository));
  const isOver = (repository: Repository): boolean =>
    (isLookedAt(repository) || isBelowPattern(manifest, repository, unknown)) &&
    !unknown.has(formatRepository(repository));
  const results = new Map(report.results.map((one) => [formatReference(one.change.target), one]));
  const keep = <Tag extends BlockedTag | FailedTag>(tags: ReadonlyMap<string, Tag>): Map<string, Tag> =>
    new Map([...tags].filter(([key, { target }]) => !results.has(key) && !isOver(target.repository)));
  const [blocked, failed] = [keep(before.blocked), keep(before.failed)];
  for (const [key, { change, result }] of results) {
    const { target, positions } = change;
    const { outcome, error, block = change.block } = result;
    if (outcome === "blocked") {
      const since = before.blocked.get(key)?.since ?? now;
      const hint = hintForBlocked({ ...change, ...defined({ block }) }, result.digest);
      blocked.set(key, { target, since, positions, hint, ...defined({ block }) });
    } else if (outcome !== "applied" && outcome !== "unchanged") {
      const since = before.failed.get(key)?.since ?? now;
      failed.set(key, { target, since, outcome, positions, ...defined({ error }) });
    }
  }
  const entries = new Map([...before.entries].filter(([, { targets }]) => !targets.every(isLookedAt)));
  for (const failure of failures) {
    const { positions, source, targets, error } = failure;
    const since = before.entries.get(keyOf(failure))?.since ?? now;
    entries.set(keyOf(failure), { positions, source, targets, error, since });
  }
  return {
    blocked,
    failed,
    entries,
    schedules: new Map([...before.schedules].filter(([schedule]) => !schedules.includes(schedule))),
    repositories: updateRepositories(before.repositories, report, { looked, unknown, now }),
  };
}

/** Updates the standing after a run that failed before it had a report. */
export function updateStandingAfterFailure(
  before: Standing,
  error: ErrorDetails,
  { manifest, schedules, now }: Run,
): Standing {
  const more = schedules.map((schedule) => {
    const since = before.schedules.get(schedule)?.since ?? now;
    return [schedule, { schedule, since, error }] as const;
  });
  return {
    ...before,
    schedules: new Map([...before.schedules, ...more]),
    repositories: markFailing(before.repositories, targetsOf(manifest)),
  };
}

/** Returns a text for each problem, which stays the same as long as the problem does. */
export function troublesOf({ blocked, failed, entries, schedules }: Standing): ReadonlySet<string> {
  return new Set([
    ...[...blocked.keys()].map((key) => `${key} blocked`),
    ...[...failed].map(([key, { outcome, error }]) => `${key} ${outcome} ${error?.code ?? ""}`),
    ...[...entries].map(([key, { error }]) => `entry ${key} ${error.code}`),
    ...[...schedules.values()].map(
      ({ schedule, error }) => `schedule ${schedule} ${error.code} ${error.reference ?? ""}`,
    ),
  ]);
}

/** A pattern looks at every repository that it finds, and those that it found earlier are over if it finds them no more. */
function isBelowPattern(
  { catalogs = [] }: SyncManifest,
  repository: Repository,
  unknown: ReadonlySet<string> = new Set(),
): boolean {
  const isKnown = ({ entry: { targets } }: Catalog): boolean =>
    !targets.some((target) => unknown.has(formatRepository(target.repository)));
  return catalogs.some((catalog) => isKnown(catalog) && isBelowTarget(catalog, repository));
}

function targetsOf({ entries }: SyncManifest): readonly Repository[] {
  return entries.flatMap(({ targets }) => targets.map(({ repository }) => repository));
}

function keyOf({ positions, error }: Pick<EntryFailure, "positions" | "error">): string {
  return [...positions.map(formatPosition), error.reference ?? ""].join(" ");
}
