import type { Report } from "../model/event.ts";
import { formatReference, formatRepository } from "../model/reference.ts";
import { fitSections, type Section } from "./markdown-budget.ts";
import { codeCell, codeSpan, tableHead, tableRow } from "./markdown-text.ts";
import { describeMerged } from "./merged-report.ts";
import { describeResult, needsAttention, summariseReport } from "./report.ts";
import { describeError } from "./words/change-text.ts";
import { asIs } from "./words/options.ts";
import { createStyle } from "./words/style.ts";

/** As for plans: a summary of a job or a comment holds more. */
const MAX_BYTES = 60_000;

/** Renders a report as GitHub's Markdown, for the summary of a pipeline. Untrusted text is in code spans. */
export function renderMarkdownReport(report: Report): string {
  const [summary = "", ...more] = summariseReport({ ...report, interrupted: false }, { style: createStyle(false) });
  const [reported, ...problems] = describeMerged(report.shards);
  const lines = fitSections(
    {
      start: [
        "### imgsync apply",
        "",
        `**${summary.replace(/^apply: /, "")}**`,
        ...[...more, ...(reported === undefined ? [] : [`${reported}.`])].flatMap((line) => ["", line]),
        ...problems.flatMap((line) => ["", `**Warning:** ${line}.`]),
      ],
      sections: [...renderProblems(report), ...renderFailures(report)],
      end: [],
    },
    MAX_BYTES,
  );
  return `${lines.join("\n")}\n`;
}

function renderProblems({ results }: Report): readonly Section[] {
  const rows = results
    .filter(({ result }) => needsAttention(result))
    .map(({ change, result }) => {
      const hint = result.error?.hint;
      const what = describeResult(change, result, asIs).map((text) => codeCell(text));
      const cells = [...what, ...(hint === undefined ? [] : [`What to do: ${codeCell(hint)}`])];
      return tableRow([codeCell(formatReference(change.target)), result.outcome, cells.join("<br>")]);
    });
  if (rows.length === 0) return [];
  return [{ head: ["", ...tableHead(["tag", "result", "reason"])], rows }];
}

function renderFailures({ failures = [] }: Report): readonly Section[] {
  if (failures.length === 0) return [];
  const rows = failures.map(
    ({ targets, error }) =>
      `- ${targets.map((target) => codeSpan(formatRepository(target))).join(" ")}: ${codeSpan(describeError(error, asIs))}`,
  );
  return [{ head: ["", "#### Entries that could not be planned in full", ""], rows }];
}
