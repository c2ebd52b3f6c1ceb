import type { Diagnostic, ErrorDetails } from "../model/error.ts";
import { describeError, describePosition } from "./words/change-text.ts";
import { plural } from "./words/format.ts";
import { flow } from "./words/layout.ts";
import { renderExcerpt } from "./excerpt.ts";
import { type Escape, escapeFor, type RenderOptions } from "./words/options.ts";
import type { Style } from "./words/style.ts";

/**
 * Renders all findings in the user's files, each with its position, source line and hint. The last line counts them and shows the error
 * code.
 */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: RenderOptions): string {
  if (diagnostics.length === 0) return "";
  const lines = diagnostics.flatMap((diagnostic) => renderDiagnostic(diagnostic, options));
  return [...lines, count(diagnostics), ""].join("\n");
}

/** Renders an error that is not in the user's files: what failed, on which side, for which reference, and a hint. */
export function renderError(error: ErrorDetails, options: RenderOptions): string {
  const escape = escapeFor(options);
  const layout = { columns: options.columns, indentation: 2 };
  const head = `${severityWord("error", options.style)} `;
  return [
    ...flow({ head, parts: [describeError(error, escape)] }, layout),
    ...(error.hint === undefined ? [] : flow({ head: "  ", parts: [`hint: ${escape(error.hint)}`] }, layout)),
    "",
  ].join("\n");
}

function renderDiagnostic(diagnostic: Diagnostic, options: RenderOptions): readonly string[] {
  const escape = escapeFor(options);
  const { severity, message, position, hint, related = [] } = diagnostic;
  const place = options.style.bold(`${describePosition(position, escape)}:`);
  return [
    `${place} ${severityWord(severity, options.style)} ${escape(message)}`,
    ...renderExcerpt(diagnostic, options),
    ...related.map((other) => relatedLine(other, escape)),
    ...(hint === undefined ? [] : [`  hint: ${escape(hint)}`]),
  ];
}

function relatedLine({ position, message }: NonNullable<Diagnostic["related"]>[number], escape: Escape): string {
  return `  ${describePosition(position, escape)}: ${escape(message)}`;
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
