import type { Report } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { Reporter } from "../model/ports.ts";
import { renderPlanPage } from "./html/plan-page.ts";
import { jsonPlanPieces } from "./json-plan.ts";
import { createJsonReporter } from "./jsonl.ts";
import { jsonReportPieces } from "./json-report.ts";
import { renderMarkdownReport } from "./markdown-report.ts";
import { renderMergedReport } from "./merged-report.ts";
import { renderMarkdownPlan } from "./markdown-plan.ts";
import type { RenderOptions } from "./words/options.ts";
import { createPlainReporter } from "./plain.ts";
import { createQuietReporter } from "./quiet.ts";
import type { ReporterOptions } from "./reporter-options.ts";
import { renderShellPlan } from "./shell-plan.ts";
import { renderPlan } from "./text-plan.ts";

export type PlanFormat = "text" | "json" | "shell" | "markdown" | "html";
export type ApplyFormat = "text" | "json";

/** Renders text in pieces, because a document of all changes can be too large for one. */
type Render<Value> = (value: Value, options: RenderOptions) => Iterable<string>;

/** The formats of `plan --format`. A new format needs a file and an entry here. */
export const PLAN_FORMATS: Readonly<Record<PlanFormat, Render<Plan>>> = {
  text: inOnePiece(renderPlan),
  json: jsonPlanPieces,
  shell: inOnePiece(renderShellPlan),
  markdown: inOnePiece(renderMarkdownPlan),
  html: inOnePiece(renderPlanPage),
};

/** The formats of `apply --format`. */
export const APPLY_FORMATS: Readonly<Record<ApplyFormat, (options: ReporterOptions) => Reporter>> = {
  text: createTextReporter,
  json: createJsonReporter,
};

export type ReportFormat = "text" | "json" | "markdown";

/** The formats of `report merge --format`. */
export const REPORT_FORMATS: Readonly<Record<ReportFormat, Render<Report>>> = {
  text: inOnePiece(renderMergedReport),
  json: (report) => jsonReportPieces(report),
  markdown: inOnePiece(renderMarkdownReport),
};

function inOnePiece<Value>(render: (value: Value, options: RenderOptions) => string): Render<Value> {
  return (value, options) => [render(value, options)];
}

/** Text for people: plain lines, or almost nothing with `quiet`. On a terminal, the command line uses terminal/progress.ts. */
function createTextReporter(options: ReporterOptions): Reporter {
  return options.quiet === true ? createQuietReporter(options) : createPlainReporter(options);
}
