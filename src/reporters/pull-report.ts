import { shortDigest } from "../model/digest.ts";
import { PULL_OUTCOMES, type PullOutcome, type PullReport, type PullResult } from "../model/node-pull.ts";
import {
  describeError,
  describeFailure,
  describePositions,
  describeTarget,
  withoutTarget,
} from "./words/change-text.ts";
import { encodePull } from "../documents/pull-document.ts";
import { formatCount, formatDuration, plural } from "./words/format.ts";
import { flowFinding } from "./words/finding.ts";
import { breakWords, flow } from "./words/layout.ts";
import { escapeFor, type RenderOptions } from "./words/options.ts";
import { forJson } from "../text/sanitize.ts";
import type { Style } from "./words/style.ts";

/** The result of a pull, and the program that made it: `crictl`, `docker`, `podman`. */
export type NodePull = { readonly report: PullReport; readonly runtime: string };

export type PullFormat = "text" | "json";

/** The formats of `pull --format`. */
export const PULL_FORMATS: Readonly<Record<PullFormat, (pull: NodePull, options: RenderOptions) => string>> = {
  text: renderText,
  json: renderJson,
};

const OUTCOME_WIDTH = "present".length;
const INDENTATION = OUTCOME_WIDTH + 2;
const COLORS: Readonly<Record<PullOutcome, keyof Style>> = {
  pulled: "green",
  present: "dim",
  moved: "yellow",
  failed: "red",
  skipped: "dim",
};

/** Renders the result of one image on one line. */
export function renderPullLine(result: PullResult, options: RenderOptions): string {
  return `${headOf(result, options)}${partsOf(result, options).join(", ")}`.trimEnd();
}

function renderText({ report, runtime }: NodePull, options: RenderOptions): string {
  const escape = escapeFor(options);
  const shown = report.results.filter((result) => options.verbose === true || needsAttention(result));
  const lines = shown.flatMap((result) =>
    flowFinding(
      { head: headOf(result, options), parts: partsOf(result, options), hint: result.error?.hint },
      options,
      INDENTATION,
    ),
  );
  const failures = report.failures.flatMap((failure) => {
    const head = `${outcomeWord("failed", options.style)}  ${describePositions(failure.positions, escape)}  `;
    return flowFinding(
      { head, parts: describeFailure(failure, escape), hint: failure.error.hint },
      options,
      INDENTATION,
    );
  });
  return [...lines, ...failures, ...summarise(report, runtime, options), ""].join("\n");
}

function headOf(result: PullResult, options: RenderOptions): string {
  return `${outcomeWord(result.outcome, options.style)}  ${describeTarget(result, escapeFor(options))}  `;
}

function partsOf(result: PullResult, options: RenderOptions): readonly string[] {
  const { outcome, digest, error, milliseconds } = result;
  if (error !== undefined) return [describeError(withoutTarget(error, result), escapeFor(options))];
  const known = digest === undefined ? [] : [shortDigest(digest)];
  return outcome === "pulled" ? [...known, `in ${formatDuration(milliseconds)}`] : known;
}

function needsAttention({ outcome }: PullResult): boolean {
  return outcome === "failed" || outcome === "moved";
}

function outcomeWord(outcome: PullOutcome, style: Style): string {
  return style[COLORS[outcome]](outcome) + " ".repeat(OUTCOME_WIDTH - outcome.length);
}

function summarise(report: PullReport, runtime: string, { style, columns }: RenderOptions): readonly string[] {
  const { outcomes, results, failures, interrupted, milliseconds } = report;
  if (outcomes.present === results.length && failures.length === 0 && !interrupted) {
    return [`Nothing to pull. ${plural(results.length, "image")} already here.`];
  }
  const counts = PULL_OUTCOMES.filter((outcome) => outcomes[outcome] > 0).map(
    (outcome) => `${formatCount(outcomes[outcome])} ${outcome}`,
  );
  const unknown = failures.length === 0 ? [] : [`${plural(failures.length, "entry", "entries")} not known`];
  const parts = [...counts, ...unknown, `with ${runtime} in ${formatDuration(milliseconds)}`];
  return [
    ...flow({ head: `${style.bold("pull:")} `, parts }, { columns, indentation: "pull: ".length }),
    ...(interrupted ? breakWords("interrupted: run the same command to continue", columns ?? Infinity) : []),
  ];
}

function renderJson({ report, runtime }: NodePull): string {
  return `${forJson(encodePull(report, runtime), 2)}\n`;
}
