import {
  type Action,
  type Change,
  countActions,
  type Counts,
  isCopy,
  type Plan,
  transferBytesOf,
} from "../../model/plan.ts";
import { formatCount, plural } from "./format.ts";
import { formatBytes } from "../../model/size.ts";
import { flow } from "./layout.ts";
import type { RenderOptions } from "./options.ts";

/** Returns the last line of a plan: the number of changes of each kind, and the maximum number of bytes. */
export function summarisePlan(plan: Plan, { style, columns, orphaned }: RenderOptions): readonly string[] {
  const summary = summaryOf(plan, orphaned);
  if (typeof summary === "string") return [summary];
  return flow({ head: `${style.bold("plan:")} `, parts: summary }, { columns, indentation: "plan: ".length });
}

/** `3 to create, 1 blocked, at most 1.2 GiB to move`, for a page that says elsewhere that it is a plan. */
export function describePlan(plan: Plan, orphaned?: RenderOptions["orphaned"]): string {
  const summary = summaryOf(plan, orphaned);
  return typeof summary === "string" ? summary : summary.join(", ");
}

/** Returns the parts of the summary, or a sentence if there is nothing to do. */
function summaryOf({ changes, failures = [] }: Plan, orphaned: RenderOptions["orphaned"]): string | readonly string[] {
  const counts = countActions(changes);
  if (changes.length + failures.length === 0)
    return `No changes. ${orphaned === undefined ? "The manifest selects no tags." : "No entry of the manifest changed."}`;
  if (counts.none === changes.length && failures.length === 0)
    return `No changes. ${plural(changes.length, "tag")} already in sync.`;
  return [...summariseCounts({ ...counts, error: counts.error + failures.length }), ...summariseBytes(changes)];
}

/** The words after the number of changes of each kind, in the order of a summary. */
const WORDS: ReadonlyMap<Action, string> = new Map([
  ["create", "to create"],
  ["update", "to update"],
  ["attach", "to attach"],
  ["delete", "to delete"],
  ["held", "held back"],
  ["missing", "missing at the source"],
  ["none", "unchanged"],
  ["blocked", "blocked"],
  ["error", "errors"],
]);

/** Returns the words after a number of changes of one kind. */
export function countWord(action: Action, count: number): string {
  return action === "error" && count === 1 ? "error" : (WORDS.get(action) ?? action);
}

/** `3 to create`, `1 to update`, `40 unchanged`, `1 blocked`: without zero counts. */
function summariseCounts(counts: Counts): readonly string[] {
  return [...WORDS.keys()]
    .filter((action) => counts[action] > 0)
    .map((action) => `${formatCount(counts[action])} ${countWord(action, counts[action])}`);
}

function summariseBytes(changes: readonly Change[]): readonly string[] {
  const copies = changes.filter(isCopy);
  if (!copies.some(({ bytes = 0 }) => bytes > 0)) return [];
  // an upper bound: the target may have some of the content already
  const bytes = copies.reduce((sum, change) => sum + (transferBytesOf(change) ?? 0), 0);
  const unknown = copies.filter((change) => change.bytes === undefined && change.action !== "attach").length;
  const rest = unknown === 0 ? [] : [`not counting ${formatCount(unknown)} of unknown size`];
  return [bytes === 0 ? "no blobs to move" : `at most ${formatBytes(bytes)} to move`, ...rest];
}
