import type { Plan } from "../model/plan.ts";
import { fitSections, type Section } from "./markdown-budget.ts";
import { renderBlocked, renderErrors } from "./markdown-problems.ts";
import { renderChanges, renderDetails } from "./markdown-changes.ts";
import { codeSpan } from "./markdown-text.ts";
import { describePulls, describeRequests } from "./words/counted-pulls.ts";
import { describeFound } from "./words/found-repositories.ts";
import { plural } from "./words/format.ts";
import type { RenderOptions } from "./words/options.ts";
import { describeShard, explainIdle } from "./words/shards.ts";
import { measureShards } from "../model/shard.ts";
import { describePlan } from "./words/plan-summary.ts";

/** GitHub comments hold 65,536 characters, and those of other hosts more; the rest is for text that the pipeline adds. */
const MAX_BYTES = 60_000;

/** Lets a pipeline find the comment of the previous run and overwrite it. */
const MARKER = "<!-- imgsync plan -->";

/**
 * Renders the plan as a pull request comment in GitHub's Markdown, for a reviewer: what is blocked and what to do about it, errors, then
 * updates and other changes of existing tags before new ones. Untrusted text is in code spans, and the result always fits into a comment.
 */
export function renderMarkdownPlan(plan: Plan, { orphaned, spending }: RenderOptions): string {
  const { changes, failures = [] } = plan;
  const pulls = describePulls(changes, spending);
  const warnings = pulls.filter(({ isEnough }) => !isEnough).map(({ text }) => text);
  const costs = [
    ...pulls.filter(({ isEnough }) => isEnough).map(({ text }) => text),
    ...(changes.length + failures.length === 0 ? [] : describeRequests(spending)),
  ];
  const lines = fitSections(
    {
      start: [
        MARKER,
        "### imgsync plan",
        "",
        `**${describePlan(plan, orphaned)}**`,
        ...warnings.flatMap((text) => ["", `**Warning:** ${text}`]),
      ],
      sections: [
        ...renderBlocked(changes),
        ...renderErrors(changes, failures),
        ...renderChanges(changes),
        ...renderOrphaned(orphaned ?? []),
        ...renderShards(plan),
        ...renderDetails(changes),
        ...renderFound(plan),
      ],
      end: costs.length === 0 ? [] : ["", costs.join(" ")],
    },
    MAX_BYTES,
  );
  return `${lines.join("\n")}\n`;
}

function renderShards(plan: Plan): readonly Section[] {
  const sizes = measureShards(plan);
  if (sizes.length === 0) return [];
  const idle = explainIdle(plan);
  return [
    {
      head: [
        "",
        `<details><summary>${plural(sizes.length, "shard")}</summary>`,
        "",
        ...(idle === undefined ? [] : [`${idle}.`, ""]),
        "| shard | work |",
        "| --- | --- |",
      ],
      rows: sizes.map((size, at) => `| ${at + 1} | ${describeShard(size)} |`),
      tail: ["", "</details>"],
    },
  ];
}

function renderFound(plan: Plan): readonly Section[] {
  return describeFound(plan, true).map(({ pattern, count, names }) => ({
    head: ["", `<details><summary>${count} at the source</summary>`, "", codeSpan(pattern), ""],
    rows: names.map((name) => `- ${codeSpan(name)}`),
    tail: ["", "</details>"],
  }));
}

function renderOrphaned(orphaned: readonly string[]): readonly Section[] {
  if (orphaned.length === 0) return [];
  const count = plural(orphaned.length, "tag is", "tags are");
  const head = [
    "",
    `#### ${count} no longer in the manifest`,
    "",
    orphaned.length === 1 ? "It is not deleted." : "They are not deleted.",
    "",
  ];
  return [{ head, rows: orphaned.map((tag) => `- ${codeSpan(tag)}`) }];
}
