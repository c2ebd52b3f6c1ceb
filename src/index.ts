/**
 * The library: everything that the command line does, for programs.
 *
 * Nothing is read from the process: environment, settings and the signal are options. Progress is reported as events. Bytes and
 * milliseconds are whole numbers in properties with those units in their names; times are `Date`s; references are parsed, and
 * `formatReference` prints them. Every failure that a person can act on throws an {@link ImgsyncError} with a stable `code`.
 */
export { apply, doctor, explain, list, lock, plan, pull } from "./app/library/library.ts";
export { loadManifest } from "./app/library/manifest.ts";
export { LockError } from "./app/locked.ts";
export { mergeReports } from "./app/merge-reports.ts";
export { readPlan } from "./load/read-plan.ts";
export { readReport } from "./load/read-report.ts";
export { ERROR_CODES, ImgsyncError } from "./model/error.ts";
export { ManifestError, PlanError } from "./model/findings.ts";
export { formatReference, formatRepository } from "./model/reference.ts";
export { maskSecrets } from "./model/secret.ts";
export { renderJsonPlan as formatPlan } from "./reporters/json-plan.ts";
export { renderJsonReport as formatReport } from "./reporters/json-report.ts";
export { ConfigError } from "./settings/config-problem.ts";

export type { ApplyOptions, ListOptions, LockOptions, PlanOptions, PullOptions } from "./app/library/library.ts";
export type { LoadedManifest, LoadOptions } from "./app/library/manifest.ts";
export type { RunOptions } from "./app/library/options.ts";
export type { TagExplanation } from "./model/tag-explanation.ts";
export type { ImageList } from "./model/image-list.ts";
export type { ReadProgress } from "./model/read-progress.ts";
export type { Check, CheckGroup } from "./model/check.ts";
export type { Diagnostic, ErrorCode, ErrorDetails, Side } from "./model/error.ts";
export type { ChangeResult, Event, Outcome, Progress, Report } from "./model/event.ts";
export type { Pulled, PullReport, PullResult } from "./model/node-pull.ts";
export type { Action, Change, EntryFailure, Plan } from "./model/plan.ts";
export type { NamedReport } from "./app/merge-reports.ts";
export type { ShardNumber } from "./model/shard.ts";
export type { Position } from "./model/position.ts";
export type { Reference, Repository, TagReference } from "./model/reference.ts";
export type { SyncManifest } from "./model/sync-manifest.ts";
export type { LockReport } from "./reporters/lock-report.ts";
export type { ConfigFile } from "./schema/generated/config.ts";
