import type { Change, EntryFailure, Plan } from "../model/plan.ts";
import { describeSpending } from "./words/counted-pulls.ts";
import { fitSections, type Section } from "./markdown-budget.ts";
import {
  blockedRow,
  changeRow,
  type ChangeWithDigests,
  digestRow,
  errorRow,
  failureRow,
  hasDigests,
} from "./markdown-rows.ts";
import { codeSpan, tableHead } from "./markdown-text.ts";
import type { RenderOptions } from "./words/options.ts";
import { summarisePlan } from "./words/plan-summary.ts";
import { createStyle } from "./words/style.ts";

/** GitHub comments hold 65,536 characters; the rest is for text that the pipeline adds. */
const MAX_BYTES = 60_000;

/** Lets a pipeline find the comment of the previous run and overwrite it. */
const MARKER = "<!-- imgsync plan -->";

/**
 * Renders the plan as a pull request comment in GitHub's Markdown. Untrusted text is in code spans, and the result always fits into a
 * comment.
 */
export function renderMarkdownPlan(plan: Plan, { orphaned, spending }: RenderOptions): string {
  const { changes, failures = [] } = plan;
  const moving = changes.filter(({ action }) => action !== "none" && action !== "blocked" && action !== "error");
  const sections = [
    ...blockedSection(changes.filter(({ action }) => action === "blocked")),
    ...errorSection(
      changes.filter(({ action }) => action === "error"),
      failures,
    ),
    ...[...groupByHost(moving)].map(([host, group]) => registrySection(host, group)),
    ...orphanedSection(orphaned ?? []),
    ...digestFold(changes.filter(hasDigests)),
  ];
  return `${fitSections(startOf(plan, { orphaned, spending }), sections, MAX_BYTES).join("\n")}\n`;
}

function startOf(plan: Plan, { orphaned, spending }: Pick<RenderOptions, "orphaned" | "spending">): readonly string[] {
  const [summary = ""] = summarisePlan(plan, { style: createStyle(false), orphaned });
  return [
    MARKER,
    "### imgsync plan",
    "",
    `**${summary.replace(/^plan: /, "")}**`,
    ...describeSpending(plan.changes, spending).flatMap((line) => ["", line]),
  ];
}

function blockedSection(changes: readonly Change[]): readonly Section[] {
  if (changes.length === 0) return [];
  const head = ["", "#### Blocked by immutable tags: nothing will be applied", ""];
  return [
    {
      head: [...head, ...tableHead(["tag", "has", "would get", "from", "blocked by", "at"])],
      rows: changes.map(blockedRow),
    },
  ];
}

function errorSection(changes: readonly Change[], failures: readonly EntryFailure[]): readonly Section[] {
  if (changes.length + failures.length === 0) return [];
  const titles = tableHead(["tag", "problem", "what to do", "at"]);
  return [{ head: ["", "#### Errors", "", ...titles], rows: [...changes.map(errorRow), ...failures.map(failureRow)] }];
}

function registrySection(host: string, changes: readonly Change[]): Section {
  const titles = tableHead(["", "tag", "from", "digest", "size", "notes"]);
  return { head: ["", `#### ${codeSpan(host)}`, "", ...titles], rows: changes.map(changeRow) };
}

function orphanedSection(orphaned: readonly string[]): readonly Section[] {
  if (orphaned.length === 0) return [];
  const head = ["", "#### No longer in the manifest", "", "These tags are not deleted.", ""];
  return [{ head, rows: orphaned.map((tag) => `- ${codeSpan(tag)}`) }];
}

function digestFold(changes: readonly ChangeWithDigests[]): readonly Section[] {
  if (changes.length === 0) return [];
  return [
    {
      head: ["", "<details><summary>Whole digests</summary>", "", ...tableHead(["tag", "before", "after"])],
      rows: changes.map(digestRow),
      tail: ["", "</details>"],
      isFold: true,
    },
  ];
}

function groupByHost(changes: readonly Change[]): ReadonlyMap<string, readonly Change[]> {
  return Map.groupBy(changes, ({ target }) => target.repository.host);
}
