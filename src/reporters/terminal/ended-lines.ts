import { shortDigest } from "../../model/digest.ts";
import type { ChangeResult, Outcome } from "../../model/event.ts";
import type { Action, Change } from "../../model/plan.ts";
import type { Repository } from "../../model/reference.ts";
import { describeResult, paintOutcome } from "../report.ts";
import { describeTarget } from "../words/change-text.ts";
import { flowFinding } from "../words/finding.ts";
import { fitLine } from "../words/fit-line.ts";
import { formatCount, formatDuration } from "../words/format.ts";
import { formatBytes } from "../../model/size.ts";
import { escapeFor, type RenderOptions } from "../words/options.ts";
import { displayWidth } from "../words/width.ts";
import { type EndedTask, MARK_COLUMNS } from "./display.ts";
import type { Ending } from "./marks.ts";
import { fitName, MIN_NAME } from "./name.ts";

/** The results of one repository in a large run. `start` and `end` are times of the same clock. */
export type RepositoryResult = {
  readonly repository: Repository;
  readonly changes: { readonly size: number };
  readonly results: readonly { readonly change: Change; readonly result: ChangeResult }[];
  readonly start: number;
  readonly end: number;
};

const VERBS: Readonly<Partial<Record<Action, string>>> = {
  create: "created",
  update: "updated",
  attach: "attached",
  delete: "deleted",
  none: "restored",
};
const ENDINGS: Readonly<Record<Outcome, Ending>> = {
  applied: "done",
  unchanged: "done",
  blocked: "failed",
  failed: "failed",
  stale: "failed",
  skipped: "skipped",
};

/** Renders a change that ended as planned on one line: what was done, how many bytes were sent, and how long it took. */
export function renderApplied(change: Change, result: ChangeResult, options: RenderOptions): EndedTask {
  const columns = (options.columns ?? Infinity) - MARK_COLUMNS;
  const { outcome, milliseconds, transferredBytes } = result;
  const verb = outcome === "unchanged" ? "already in sync" : (VERBS[change.action] ?? outcome);
  const size = change.action === "delete" || outcome === "unchanged" ? "" : `${formatBytes(transferredBytes)} in `;
  const cost = `${size}${formatDuration(milliseconds)}`;
  const isCopy = change.action === "create" || change.action === "update";
  const digest = isCopy ? (result.digest ?? change.wanted) : undefined;
  const long = `${[verb, ...(digest === undefined ? [] : [shortDigest(digest)])].join(" ")}, ${cost}`;
  const name = describeTarget(change, escapeFor(options));
  const text = displayWidth(name) + 2 + displayWidth(long) <= columns ? long : `${verb}, ${cost}`;
  const room = Math.max(MIN_NAME, columns - displayWidth(text) - 2);
  return { ending: ENDINGS[outcome], lines: [fitLine(`${fitName(change, room)}  ${text}`, columns)] };
}

/** Renders a change that a person should look at, with everything that is known about it and what to do. */
export function renderInFull(change: Change, result: ChangeResult, options: RenderOptions): EndedTask {
  const escape = escapeFor(options);
  const columns = (options.columns ?? Infinity) - MARK_COLUMNS;
  const word = ENDINGS[result.outcome] === "done" ? "" : paintOutcome(result.outcome, options.style);
  const name = describeTarget(change, escape);
  const isLong = word !== "" && displayWidth(`${word}  ${name}`) > columns;
  const head = isLong || word === "" ? " ".repeat(isLong ? MARK_COLUMNS : 0) : `${word}  `;
  const finding = { head: `${head}${name}  `, parts: describeResult(change, result, escape), hint: result.error?.hint };
  const isWrapped = options.columns !== undefined;
  const lines = flowFinding(finding, { ...options, columns: isWrapped ? columns : undefined }, MARK_COLUMNS);
  return { ending: ENDINGS[result.outcome], lines: isLong ? [word, ...lines] : lines };
}

/** Renders all changes of a repository on one line: `HOST/NAME  118 created, 1 failed, 1.2 GiB in 12 s`. */
export function renderRepository(
  { repository, changes, results, start, end }: RepositoryResult,
  options: RenderOptions,
): EndedTask {
  const columns = (options.columns ?? Infinity) - MARK_COLUMNS;
  const words = results.map(({ change, result }) =>
    result.outcome === "applied" ? (VERBS[change.action] ?? "applied") : result.outcome,
  );
  const left = changes.size - results.length;
  const counts = [...Map.groupBy(words, (word) => word)].map(([word, all]) => `${formatCount(all.length)} ${word}`);
  const bytes = results.reduce((sum, { result }) => sum + result.transferredBytes, 0);
  const cost = `${formatBytes(bytes)} in ${formatDuration(end - start)}`;
  const text = [...counts, ...(left > 0 ? [`${formatCount(left)} not started`] : []), cost].join(", ");
  const name = fitName({ target: { repository } }, Math.max(MIN_NAME, columns - displayWidth(text) - 2));
  const isClean = left === 0 && results.every(({ result }) => ENDINGS[result.outcome] === "done");
  return { ending: isClean ? "done" : "partly", lines: [fitLine(`${name}  ${text}`, columns)] };
}
