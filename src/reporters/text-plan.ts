import type { Action, Change, EntryFailure, Plan } from "../model/plan.ts";
import { formatRepository } from "../model/reference.ts";
import {
  describeBlock,
  describeChange,
  describeError,
  describeFailure,
  describeNotes,
  describePositions,
  describeSource,
  withoutTarget,
} from "./words/change-text.ts";
import { displayWidth } from "./words/width.ts";
import { describeFound } from "./words/found-repositories.ts";
import { flow } from "./words/layout.ts";
import { flowFinding } from "./words/finding.ts";
import { type Escape, escapeFor, type RenderOptions } from "./words/options.ts";
import { breakWords } from "./words/layout.ts";
import { describeShard, describeShards, explainIdle } from "./words/shards.ts";
import { measureShards, type ShardSize } from "../model/shard.ts";
import { summarisePlan } from "./words/plan-summary.ts";
import type { Style } from "./words/style.ts";

/** The summary counts tags in sync as unchanged too. */
const UNCHANGED = "unchanged";
const ACTION_WIDTH = "blocked".length;

/** The width of the column of actions is that of the widest word in the plan. */
type PlanOptions = RenderOptions & { readonly actionWidth: number };

const COLORS: Readonly<Record<Action, keyof Style>> = {
  create: "green",
  update: "yellow",
  attach: "cyan",
  delete: "red",
  held: "yellow",
  missing: "yellow",
  none: "dim",
  blocked: "red",
  error: "red",
};
/** Longer tags do not widen the column of their group. */
const MAX_TAG_WIDTH = 24;

/** Renders the plan for people: one line for each tag that changes, grouped by target repository, and a summary. */
export function renderPlan(plan: Plan, options: RenderOptions): string {
  const shown = plan.changes.filter(({ action }) => action !== "none" || options.verbose === true);
  const actionWidth = shown.some(({ action }) => action === "none") ? UNCHANGED.length : ACTION_WIDTH;
  const byRepository = Map.groupBy(shown, ({ target }) => formatRepository(target.repository));
  const groups = [...byRepository].map(([repository, changes]) =>
    renderGroup(repository, changes, { ...options, actionWidth }),
  );
  const failures = renderFailures(plan.failures ?? [], { ...options, actionWidth });
  return [
    ...groups,
    ...failures,
    ...renderFound(plan, options),
    ...summarisePlan(plan, options),
    ...renderShards(plan, options),
    "",
  ].join("\n");
}

function renderShards(plan: Plan, { columns = Infinity }: RenderOptions): readonly string[] {
  const sizes = measureShards(plan);
  if (sizes.length === 0) return [];
  const idle = explainIdle(plan);
  return [
    "",
    ...breakWords(describeShards(sizes.length), columns),
    ...listShards(sizes),
    ...(idle === undefined ? [] : breakWords(idle, columns)),
  ];
}

/** A line for each shard, and one for all that have nothing to do, which come last. */
function listShards(sizes: readonly ShardSize[]): readonly string[] {
  const busy = sizes.findLastIndex(({ changes }) => changes > 0) + 1;
  const idle = sizes.slice(busy);
  const range = idle.length > 1 ? `${busy + 1}-${sizes.length}` : String(sizes.length);
  const rows = [
    ...sizes.slice(0, busy).map((size, at) => ({ number: String(at + 1), size })),
    ...idle.slice(0, 1).map((size) => ({ number: range, size })),
  ];
  const width = Math.max(...rows.map(({ number }) => number.length));
  return rows.map(({ number, size }) => `  ${number.padStart(width)}  ${describeShard(size)}`);
}

function renderFound(plan: Plan, options: RenderOptions): readonly string[] {
  const escape = escapeFor(options);
  const lines = describeFound(plan, options.verbose === true).flatMap(({ pattern, count, names }) => {
    const head = `${escape(pattern)}: ${count}${names.length === 0 ? "" : ": "}`;
    return flow({ head, parts: names.map((name) => escape(name)) }, { columns: options.columns, indentation: 2 });
  });
  return lines.length === 0 ? [] : [...lines, ""];
}

function renderGroup(repository: string, changes: readonly Change[], options: PlanOptions): string {
  const escape = escapeFor(options);
  const widths = changes
    .map(({ target }) => displayWidth(escape(target.tag)))
    .filter((width) => width <= MAX_TAG_WIDTH);
  const tagWidth = Math.max(0, ...new Set(widths));
  const lines = changes.flatMap((change) => renderChange(change, { ...options, tagWidth }));
  return [options.style.bold(escape(repository)), ...lines, ""].join("\n");
}

function renderChange(change: Change, options: PlanOptions & { readonly tagWidth: number }): readonly string[] {
  const escape = escapeFor(options);
  const action = paintAction(change.action, options);
  const tag = escape(change.target.tag);
  const parts = describe(change, escape);
  const padding = " ".repeat(Math.max(0, options.tagWidth - displayWidth(tag)));
  const head = `  ${action}  ${tag}${padding}  `;
  return flowFinding({ head, parts, hint: change.error?.hint }, options, indentationOf(options));
}

/** Entries whose tags are unknown have no target tag, so they come last, in their own group. */
function renderFailures(failures: readonly EntryFailure[], options: PlanOptions): readonly string[] {
  if (failures.length === 0) return [];
  const escape = escapeFor(options);
  const lines = failures.flatMap((failure) => {
    const head = `  ${paintAction("error", options)}  ${describePositions(failure.positions, escape)}  `;
    const parts = describeFailure(failure, escape);
    return flowFinding({ head, parts, hint: failure.error.hint }, options, indentationOf(options));
  });
  return [[options.style.bold("entries that could not be planned in full"), ...lines, ""].join("\n")];
}

function describe(change: Change, escape: Escape): readonly string[] {
  const { action, block, error, source, notes } = change;
  if (action === "blocked") return [describeBlock(block, escape), ...describeChange(change, escape)];
  if (action !== "error") return describeChange(change, escape);
  const isSourceNamed = error?.side === "source" && error.reference !== undefined;
  return [
    error === undefined ? "unknown error" : describeError(withoutTarget(error, change), escape),
    ...(isSourceNamed ? [] : [`from ${describeSource(source, escape)}`]),
    ...describeNotes(notes, escape),
  ];
}

function paintAction(action: Action, { style, actionWidth }: PlanOptions): string {
  const word = action === "none" ? UNCHANGED : action;
  return style[COLORS[action]](word.padEnd(actionWidth));
}

/** Two spaces, the action, two spaces. */
function indentationOf({ actionWidth }: PlanOptions): number {
  return 2 + actionWidth + 2;
}
