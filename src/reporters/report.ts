import type { ChangeResult, Outcome, Report } from "../model/event.ts";
import { type Change, type EntryFailure, isMoving } from "../model/plan.ts";
import { shortDigest } from "../model/digest.ts";
import {
  describeBlock,
  describeError,
  describeFailure,
  describeHeld,
  describeNotes,
  describePositions,
  describeTarget,
  withoutTarget,
} from "./words/change-text.ts";
import { formatCount, formatDuration, plural } from "./words/format.ts";
import { formatBytes } from "../model/size.ts";
import { flowFinding } from "./words/finding.ts";
import { breakWords, flow } from "./words/layout.ts";
import { type Escape, escapeFor, type RenderOptions } from "./words/options.ts";
import type { Style } from "./words/style.ts";

const OUTCOME_WIDTH = "unchanged".length;
const INDENTATION = OUTCOME_WIDTH + 2;
const HELD_BACK = "nothing was written, because a tag is blocked; --skip-blocked applies the others";
const COLORS: Readonly<Record<Outcome, keyof Style>> = {
  applied: "green",
  unchanged: "dim",
  blocked: "red",
  failed: "red",
  stale: "yellow",
  skipped: "dim",
};

export type ReportOptions = RenderOptions & {
  /** Whether the result of a change is on the screen already. */
  readonly isShown?: (change: Change) => boolean;
};

/** Renders the report: each change that needs attention with its hint, then the counts. */
export function renderReport(report: Report, options: RenderOptions): string {
  return [...renderResults(report, options), ...summariseReport(report, options), ""].join("\n");
}

/** Renders what a report says about single changes and entries. */
export function renderResults(report: Report, options: ReportOptions): readonly string[] {
  const { isShown = () => false } = options;
  const shown = report.results.filter(({ change, result }) => {
    const isDone = result.outcome === "applied" || (result.outcome === "unchanged" && isMoving(change));
    const isNoted = isDone && result.notes.length > 0;
    return !isShown(change) && (options.verbose === true || needsAttention(result) || isNoted);
  });
  return [
    ...shown.flatMap(({ change, result }) => renderResult(change, result, options)),
    ...(report.failures ?? []).flatMap((failure) => renderFailure(failure, options)),
  ];
}

/** Renders the result of one change on one line. If it needs attention, the report has the reason and the hint. */
export function renderResultLine(change: Change, result: ChangeResult, options: RenderOptions): string {
  const escape = escapeFor(options);
  const head = `${renderOutcome(result.outcome, options.style)}  ${describeTarget(change, escape)}  `;
  return (needsAttention(result) ? head : head + describeResult(change, result, escape).join(", ")).trimEnd();
}

function renderResult(change: Change, result: ChangeResult, options: RenderOptions): readonly string[] {
  const escape = escapeFor(options);
  const head = `${renderOutcome(result.outcome, options.style)}  ${describeTarget(change, escape)}  `;
  const parts = describeResult(change, result, escape);
  return flowFinding({ head, parts, hint: result.error?.hint }, options, INDENTATION);
}

function renderFailure(failure: EntryFailure, options: RenderOptions): readonly string[] {
  const escape = escapeFor(options);
  const head = `${renderOutcome("failed", options.style)}  ${describePositions(failure.positions, escape)}  `;
  return flowFinding({ head, parts: describeFailure(failure, escape), hint: failure.error.hint }, options, INDENTATION);
}

/** Whether a person should look at it: the outcome is not the planned one. */
export function needsAttention({ outcome }: ChangeResult): boolean {
  return outcome === "failed" || outcome === "blocked" || outcome === "stale";
}

/** Returns the name of the outcome in its colour. */
export function paintOutcome(outcome: Outcome, style: Style): string {
  return style[COLORS[outcome]](outcome);
}

/** Describes what happened to a tag, and why. */
export function describeResult(change: Change, result: ChangeResult, escape: Escape): readonly string[] {
  // if a registry blocked the tag, the block already has its message
  const error = result.outcome === "blocked" && result.block !== undefined ? undefined : result.error;
  return [
    ...describeOutcome(change, result, escape),
    ...(change.action === "held" ? describeHeld(change) : []),
    ...(change.action === "missing" ? describeNotes(change.notes, escape) : []),
    ...(error === undefined ? [] : [describeError(withoutTarget(error, change), escape)]),
    ...describeNotes(result.notes, escape),
  ];
}

function renderOutcome(outcome: Outcome, style: Style): string {
  return paintOutcome(outcome, style) + " ".repeat(OUTCOME_WIDTH - outcome.length);
}

function describeOutcome(change: Change, result: ChangeResult, escape: Escape): readonly string[] {
  if (result.outcome === "blocked") return [describeBlock(result.block ?? change.block, escape)];
  if (result.outcome === "stale" && result.error === undefined) return [describeStale(change, result)];
  if (result.outcome !== "applied") return [];
  if (change.action === "delete") return [`deleted, was ${change.observed ? shortDigest(change.observed) : "unknown"}`];
  const digest = result.digest ?? change.wanted;
  const now = digest === undefined ? change.action : shortDigest(digest);
  return [now, `${formatBytes(result.transferredBytes)} in ${formatDuration(result.milliseconds)}`];
}

function describeStale({ observed }: Change, { digest }: ChangeResult): string {
  const planned = observed === undefined ? "" : `, was ${observed === null ? "absent" : shortDigest(observed)}`;
  const now = digest === undefined ? "" : `, is ${shortDigest(digest)}`;
  return `moved since it was planned${planned}${now}`;
}

/** Renders the counts of a report, and why it ended early. */
export function summariseReport(
  report: Report,
  { style, columns }: Pick<RenderOptions, "style" | "columns">,
): readonly string[] {
  const { outcomes, interrupted, transferredBytes, milliseconds, failures = [] } = report;
  const total = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  const held = report.results.filter(({ change }) => change.action === "held").length;
  const missing = report.results.filter(({ change }) => change.action === "missing").length;
  const counted = { ...outcomes, unchanged: outcomes.unchanged - held - missing };
  if (total === outcomes.unchanged && failures.length === 0 && !interrupted) {
    const waiting = held === 0 ? "" : `, ${formatCount(held)} held back because of ${ageKeys(report)}`;
    const absent = missing === 0 ? "" : `, ${formatCount(missing)} missing at the source`;
    return [
      `Nothing to do. ${plural(counted.unchanged, "tag")} already in sync${sinceWhen(report)}${waiting}${absent}.`,
    ];
  }
  const counts = (["applied", "unchanged", "blocked", "failed", "stale", "skipped"] as const)
    .filter((outcome) => counted[outcome] > 0)
    .map((outcome) => `${formatCount(counted[outcome])} ${outcome}`)
    .concat(held === 0 ? [] : [`${formatCount(held)} held back`])
    .concat(missing === 0 ? [] : [`${formatCount(missing)} missing at the source`]);
  const unplanned = failures.length === 0 ? [] : [`${plural(failures.length, "entry", "entries")} not planned`];
  const parts = [...counts, ...unplanned, `${formatBytes(transferredBytes)} moved in ${formatDuration(milliseconds)}`];
  return [
    ...flow({ head: `${style.bold("apply:")} `, parts }, { columns, indentation: "apply: ".length }),
    ...(wasHeldBack(report) ? breakWords(HELD_BACK, columns ?? Infinity) : []),
    ...(interrupted ? breakWords(describeInterruption(outcomes, total), columns ?? Infinity) : []),
  ];
}

/** A saved plan may be old, and tags that it does not change are not looked up again. */
function sinceWhen({ plan, results }: Report): string {
  return plan !== undefined && results.some(({ change }) => change.action === "none") ? " when the plan was made" : "";
}

/** Whether the run did not start because the plan had blocked tags. */
function wasHeldBack({ results, outcomes, interrupted }: Report): boolean {
  const wasPlanned = results.some(({ change }) => change.action === "blocked");
  const isNoneStarted = results.every(({ change, result }) => !isMoving(change) || result.outcome === "skipped");
  return wasPlanned && outcomes.skipped > 0 && isNoneStarted && !interrupted;
}

function describeInterruption(outcomes: Report["outcomes"], total: number): string {
  const finished = outcomes.applied + outcomes.unchanged;
  if (finished === total) return "interrupted, but everything is done: there is nothing to continue";
  return `interrupted: ${formatCount(finished)} of ${plural(total, "tag")} finished and are kept; run the same command to continue`;
}

/** Names the keys that hold images back. Only images that are too young have a due time. */
function ageKeys({ results }: Report): string {
  const held = results.map(({ change }) => change).filter(({ action }) => action === "held");
  const tooYoung = held.filter((change) => change.held !== undefined).length;
  return tooYoung === held.length ? "minAge" : tooYoung === 0 ? "maxAge" : "minAge or maxAge";
}
