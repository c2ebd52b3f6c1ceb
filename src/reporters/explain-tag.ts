import type { Change } from "../model/plan.ts";
import { encodeChange } from "../documents/change-document.ts";
import type { LiteralMapping, SelectorMapping } from "../model/sync-manifest.ts";
import type {
  MappingExplanation,
  MappingOutcome,
  TagExplanation,
  TagMismatch,
  TargetExplanation,
} from "../model/tag-explanation.ts";
import { mappingText } from "../selectors/mapping-text.ts";
import {
  describeBlock,
  describeChange,
  describeError,
  describeFailure,
  describePosition,
} from "./words/change-text.ts";
import { EXPLAIN_FORMATS, searchDocument } from "./credential-steps.ts";
import { flowFinding } from "./words/finding.ts";
import { flow } from "./words/layout.ts";
import { type Escape, escapeFor, type RenderOptions } from "./words/options.ts";
import { forJson } from "../text/sanitize.ts";

export type ExplainTagFormat = "text" | "json";

/** The formats of `explain --format`. */
export const EXPLAIN_TAG_FORMATS: Readonly<
  Record<ExplainTagFormat, (explanation: TagExplanation, options: RenderOptions) => string>
> = { text: renderText, json: renderJson };

function renderText(explanation: TagExplanation, options: RenderOptions): string {
  const escape = escapeFor(options);
  const { style } = options;
  const { reference, mappings, targets, failures, credentials } = explanation;
  const line = (head: string, parts: readonly string[]): readonly string[] =>
    flow({ head, parts }, { columns: options.columns, indentation: 4 });
  return [
    style.bold(escape(reference)),
    ...(mappings.length === 0 ? line("  ", describeNowhere(explanation, escape)) : []),
    ...mappings.flatMap((one) => line(`  ${describePosition(one.position, escape)}  `, describeMapping(one, escape))),
    ...targets.flatMap((one) => ["", style.bold(escape(one.target))].concat(describeTarget(one, escape, line))),
    ...failures.flatMap((failure) => {
      const parts = describeFailure(failure, escape);
      return flowFinding({ head: "  error  ", parts, hint: failure.error.hint }, options, 4);
    }),
    ...credentials.flatMap((search) => [
      "",
      `${search.side} credentials`,
      EXPLAIN_FORMATS.text(search, options).trimEnd(),
    ]),
    "",
  ].join("\n");
}

function describeNowhere({ nearest }: TagExplanation, escape: Escape): readonly string[] {
  if (nearest === undefined) return ["no entry has this repository"];
  return [
    "no entry has this repository",
    `the nearest is ${escape(nearest.repository)} at ${describePosition(nearest.position, escape)}`,
  ];
}

function describeMapping(
  { mapping, role, source, targets, outcome }: MappingExplanation,
  escape: Escape,
): readonly string[] {
  const other =
    role === "target" ? `from ${escape(source)}` : `to ${targets.map((target) => escape(target)).join(" ")}`;
  return [`${escape(describe(mapping))}: ${describeOutcome(outcome, escape)}`, other];
}

function describe(mapping: LiteralMapping | SelectorMapping): string {
  if (mapping.kind === "selector")
    return [mappingText(mapping), ...(mapping.to === undefined ? [] : [`as ${mapping.to.join(", ")}`])].join(" ");
  return `${mappingText(mapping) || "the image"} as ${[...mapping.to, ...(mapping.templates ?? [])].join(", ")}`;
}

const OUTCOMES = {
  selected: "selected",
  named: "names this tag",
  "not-named": "names other tags",
  unlisted: "not selected, the source has no such tag",
  "too-young": "held back, it is younger than minAge",
  "too-old": "held back, it is older than maxAge",
  "digest-tag": "dropped, it is a tag made of a digest, which selectors never select",
} as const;

const MISMATCHES = {
  pattern: "the pattern does not match",
  prerelease: "it is a pre-release, which needs prerelease: true",
  "outside-range": "its version is outside the range",
} as const;

function describeOutcome(outcome: MappingOutcome, escape: Escape): string {
  const { kind } = outcome;
  if (kind === "excluded") return `dropped, excluded by "${escape(outcome.pattern)}"`;
  if (kind === "unknown") return `unknown, ${describeError(outcome.error, escape)}`;
  if (kind === "unmatched") return `dropped, ${describeMismatch(outcome.mismatch)}`;
  if (kind !== "beyond-latest") return OUTCOMES[kind];
  return `dropped, it is number ${outcome.rank} from the newest and only ${outcome.latest} are kept`;
}

function describeMismatch(mismatch: TagMismatch): string {
  if (mismatch.kind !== "no-version") return MISMATCHES[mismatch.kind];
  return mismatch.isLoose ? "it is not a full version, which needs loose: true" : "it is not a version";
}

function describeTarget(
  { rule, change }: TargetExplanation,
  escape: Escape,
  line: (head: string, parts: readonly string[]) => readonly string[],
): readonly string[] {
  const ruleText =
    rule === undefined
      ? "none, the tag may move unless the registry refuses"
      : `immutable by the rule at ${describePosition(rule.position, escape)} (pattern ${escape(rule.pattern)})`;
  const planText = change === undefined ? ["nothing, this tag is not in the manifest"] : describePlan(change, escape);
  const positions = (change?.positions ?? []).map((position) => describePosition(position, escape));
  return [
    ...line("  rule    ", [ruleText]),
    ...line("  plan    ", planText),
    ...(positions.length === 0
      ? []
      : line(change?.action === "delete" ? "  owned   " : "  mapped  ", [`at ${positions.join(" and ")}`])),
  ];
}

function describePlan(change: Change, escape: Escape): readonly string[] {
  const { action, block, error } = change;
  const hint = error?.hint === undefined ? [] : [`hint: ${escape(error.hint)}`];
  if (error !== undefined) return [`${action}: ${describeError(error, escape)}`, ...hint];
  const parts = describeChange(change, escape);
  return action === "blocked" ? [`${action} ${describeBlock(block, escape)}`, ...parts] : [action, ...parts];
}

function renderJson({ mappings, targets, failures, nearest, credentials, reference }: TagExplanation): string {
  return `${forJson(
    {
      version: 1,
      reference,
      mappings: mappings.map(({ mapping, ...rest }) => ({ ...rest, mapping: describe(mapping) })),
      targets: targets.map(({ target, rule, change }) => ({
        target,
        rule: rule ?? null,
        change: change === undefined ? null : encodeChange(change),
      })),
      failures: failures.map(({ error, positions }) => ({ error, positions })),
      nearest: nearest ?? null,
      credentials: credentials.map(({ side, ...search }) => ({ side, ...searchDocument(search) })),
    },
    2,
  )}\n`;
}
