import type { Diagnostic, ErrorDetails } from "../model/error.ts";
import { describeError, describePosition } from "./words/change-text.ts";
import { plural } from "./words/format.ts";
import { flowFinding } from "./words/finding.ts";
import { renderExcerpt } from "./excerpt.ts";
import { type Escape, escapeFor, type RenderOptions } from "./words/options.ts";
import type { Style } from "./words/style.ts";

const INDENTATION = 2;

/**
 * Renders all findings in the user's files, each with its position, source line and hint. The last line counts them and shows the error
 * code.
 */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: RenderOptions): string {
  if (diagnostics.length === 0) return "";
  const lines = diagnostics.flatMap((diagnostic) => renderDiagnostic(diagnostic, options));
  return [...lines, count(diagnostics), ""].join("\n");
}

/** Renders an error that is not in the user's files, or a warning like it: what failed, on which side, for which reference, and a hint. */
export function renderError(
  error: ErrorDetails,
  options: RenderOptions,
  severity: Diagnostic["severity"] = "error",
): string {
  const head = `${severityWord(severity, options.style)} `;
  const parts = [describeError(error, escapeFor(options))];
  return [...flowFinding({ head, parts, hint: error.hint }, options, INDENTATION), ""].join("\n");
}

function renderDiagnostic(diagnostic: Diagnostic, options: RenderOptions): readonly string[] {
  const escape = escapeFor(options);
  const { severity, message, position, hint, related = [] } = diagnostic;
  const place = options.style.bold(`${describePosition(position, escape)}:`);
  const head = `${place} ${severityWord(severity, options.style)} `;
  const others = related.map((other) => ({ head: relatedHead(other, escape), parts: [escape(other.message)] }));
  const advice = hint === undefined ? [] : [{ head: "  ", parts: [`hint: ${escape(hint)}`] }];
  return [
    ...flowFinding({ head, parts: [escape(message)] }, options, INDENTATION),
    ...renderExcerpt(diagnostic, options),
    ...[...others, ...advice].flatMap((line) => flowFinding(line, options, INDENTATION)),
  ];
}

function relatedHead({ position }: NonNullable<Diagnostic["related"]>[number], escape: Escape): string {
  return `  ${describePosition(position, escape)}: `;
}

function severityWord(severity: Diagnostic["severity"], style: Style): string {
  return severity === "error" ? style.red("error:") : style.yellow("warning:");
}

function count(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  return [
    ...(errors === 0 ? [] : [`${plural(errors, "error")} [MANIFEST_INVALID]`]),
    ...(warnings === 0 ? [] : [plural(warnings, "warning")]),
  ].join(", ");
}
