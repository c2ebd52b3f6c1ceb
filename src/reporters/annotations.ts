import { createHash } from "node:crypto";
import type { Diagnostic, ErrorCode } from "../model/error.ts";
import type { Change, Plan } from "../model/plan.ts";
import type { Position } from "../model/position.ts";
import { formatReference } from "../model/reference.ts";
import { describeBlock, describeError, describeFailure } from "./words/change-text.ts";
import { formatCount } from "./words/format.ts";
import { forJson, forTerminal, insideCiLog } from "../text/sanitize.ts";

/** A problem at a position in the manifest, shown on the lines of a pull request. */
export type Annotation = {
  readonly severity: "error" | "warning";
  readonly code: ErrorCode;
  readonly message: string;
  readonly position: Position;
};

export type AnnotationFormat = "github" | "gitlab";

/** The formats of `--annotations`. Positions are relative to the root of the repository. */
export const ANNOTATION_FORMATS: Readonly<Record<AnnotationFormat, (annotations: readonly Annotation[]) => string>> = {
  github: renderWorkflowCommands,
  gitlab: renderCodeQuality,
};

/** GitHub shows at most ten annotations of each kind per step, so the last one counts the rest. */
const MAX_COMMANDS = 10;

/** Returns what is blocked or failed, at each position that maps to the tag. */
export function annotationsOfPlan({ changes, failures = [] }: Plan): readonly Annotation[] {
  const ofChanges = changes.flatMap((change) => {
    const problem = problemOf(change);
    return problem === undefined ? [] : change.positions.map((position) => annotate(problem, position));
  });
  const ofFailures = failures.flatMap((failure) => {
    const message = [...describeFailure(failure, forTerminal), ...hintOf(failure.error)].join(", ");
    return failure.positions.map((position) => annotate({ code: failure.error.code, message }, position));
  });
  return [...ofChanges, ...ofFailures];
}

export function annotationsOfFindings(diagnostics: readonly Diagnostic[]): readonly Annotation[] {
  return diagnostics.map((diagnostic) => ({
    severity: diagnostic.severity,
    code: "MANIFEST_INVALID",
    message: [forTerminal(diagnostic.message), ...hintOf(diagnostic)].join(", "),
    position: diagnostic.position,
  }));
}

function annotate(problem: { readonly code: ErrorCode; readonly message: string }, position: Position): Annotation {
  return { severity: "error", ...problem, position };
}

function problemOf(change: Change): { readonly code: ErrorCode; readonly message: string } | undefined {
  const { action, block, error, target } = change;
  const tag = forTerminal(formatReference(target));
  if (action === "blocked")
    return { code: "TAG_IMMUTABLE", message: `${tag} is blocked ${describeBlock(block, forTerminal)}` };
  if (action !== "error") return undefined;
  if (error === undefined) return { code: "INTERNAL", message: `${tag}: unknown error` };
  return { code: error.code, message: [`${tag}: ${describeError(error, forTerminal)}`, ...hintOf(error)].join(", ") };
}

function hintOf({ hint }: { readonly hint?: string }): readonly string[] {
  return hint === undefined ? [] : [`hint: ${forTerminal(hint)}`];
}

/** Renders workflow commands for GitHub Actions, one per line. */
function renderWorkflowCommands(annotations: readonly Annotation[]): string {
  const kinds = (["error", "warning"] as const).map((kind) => annotations.filter(({ severity }) => severity === kind));
  return kinds.flatMap(commandsOf).join("");
}

function commandsOf(annotations: readonly Annotation[]): readonly string[] {
  if (annotations.length <= MAX_COMMANDS) return annotations.map((annotation) => commandOf(annotation));
  const shown = annotations.slice(0, MAX_COMMANDS - 1).map((annotation) => commandOf(annotation));
  const next = annotations[MAX_COMMANDS - 1];
  const rest = `and ${formatCount(annotations.length - shown.length)} more problems, which the log of this job has`;
  return next === undefined ? shown : [...shown, commandOf({ ...next, message: rest })];
}

function commandOf({ severity, code, message, position: { file, line, column } }: Annotation): string {
  const properties = `file=${property(insideCiLog(file))},line=${line},col=${column},title=${property(`imgsync ${code}`)}`;
  return `::${severity} ${properties}::${data(insideCiLog(message, Infinity))}\n`;
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** Renders a report in GitLab's Code Quality format. Without problems it is an empty list, so that GitLab shows fixed problems as fixed. */
function renderCodeQuality(annotations: readonly Annotation[]): string {
  const seen = new Map<string, number>();
  const issues = annotations.map(({ severity, code, message, position }) => {
    // without the line number, so that a problem that only moved is not reported as new
    const what = JSON.stringify([code, position.file, message]);
    const count = seen.get(what) ?? 0;
    seen.set(what, count + 1);
    return {
      description: message,
      check_name: code,
      fingerprint: createHash("sha256").update(`${what}${count}`).digest("hex"),
      severity: severity === "error" ? "critical" : "minor",
      location: { path: position.file, lines: { begin: position.line } },
    };
  });
  return `${forJson(issues, 2)}\n`;
}
