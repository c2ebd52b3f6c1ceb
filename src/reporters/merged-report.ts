import type { MergedShards, Report } from "../model/event.ts";
import { formatCount, plural } from "./words/format.ts";
import { breakWords } from "./words/layout.ts";
import type { RenderOptions } from "./words/options.ts";
import { renderReport } from "./report.ts";

/** Renders a merged report for people: what needs attention, the counts, and the shards that did not report or finish. */
export function renderMergedReport(report: Report, options: RenderOptions): string {
  const { columns = Infinity } = options;
  const text = renderReport({ ...report, interrupted: false }, options);
  const lines = describeMerged(report.shards).flatMap((line) => breakWords(line, columns));
  return `${text}${lines.map((line) => `${line}\n`).join("")}`;
}

/** Describes which shards a merged report covers, as sentences without a full stop. */
export function describeMerged(shards: MergedShards | undefined): readonly string[] {
  if (shards === undefined) return [];
  const { of, missing, interrupted } = shards;
  return [
    `${formatCount(of - missing.length)} of ${plural(of, "shard")} reported`,
    ...(missing.length === 0
      ? []
      : [`no report of ${nameShards(missing)}: what was done there is unknown; apply with ${commandFor(missing, of)}`]),
    ...(interrupted.length === 0
      ? []
      : [`interrupted: ${nameShards(interrupted)}; apply again with ${commandFor(interrupted, of)}`]),
  ];
}

/** More numbers would make the line unreadable. */
const MAX_NUMBERS = 20;

function nameShards(numbers: readonly number[]): string {
  const rest = numbers.length - MAX_NUMBERS;
  const shown = numbers.slice(0, MAX_NUMBERS).join(", ");
  return `${numbers.length === 1 ? "shard" : "shards"} ${shown}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function commandFor([first]: readonly number[], of: number): string {
  return `--shard ${first ?? "I"}/${of}`;
}
