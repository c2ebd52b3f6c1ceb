import { decodeReport, REPORT_HINT } from "../documents/report-document.ts";
import { ImgsyncError } from "../model/error.ts";
import type { Report } from "../model/event.ts";
import { memberOf } from "../model/json.ts";
import type { RunFinished } from "../schema/generated/event.ts";
import { describeProblem } from "../schema/schema-problem.ts";
import { validate } from "../schema/validate.ts";
import { type DocumentKind, parseDocument, readDocument } from "./read-document.ts";

export const REPORT_KIND: DocumentKind = { code: "REPORT_INVALID", what: "the report", hint: REPORT_HINT };

/**
 * Reads a report: a file of `apply --report`, or the output of `apply --format json`, whose last line is the report.
 * @throws ImgsyncError REPORT_INVALID, also if the run was cut off before its report
 */
export async function readReport(file: string): Promise<Report> {
  return parseReport(await readDocument(file, REPORT_KIND), file);
}

/**
 * Parses the text of a report. `name` is used in errors.
 * @throws ImgsyncError REPORT_INVALID
 */
export async function parseReport(text: string, name: string): Promise<Report> {
  const value = parseDocument(reportIn(text), name, REPORT_KIND);
  if (memberOf(value, "type") !== "run.finished")
    throw failure(`"${name}" has no report: it is another document, or the run was cut off`);
  const [problem] = await validate("event", value);
  if (problem !== undefined) throw failure(`"${name}" is not a report: ${describeProblem(problem)}`);
  // validated by the schema above, whose only branch with this type is the report
  return decodeReport(value as RunFinished);
}

/** Returns the last line of events, which are one object on each line; otherwise the whole text. */
function reportIn(text: string): string {
  const trimmed = text.trimEnd();
  const isEvents = /^\{[^\n]+\}\r?\n/.test(trimmed);
  return isEvents ? trimmed.slice(trimmed.lastIndexOf("\n") + 1) : trimmed;
}

function failure(message: string): ImgsyncError {
  return new ImgsyncError({ code: "REPORT_INVALID", message, hint: REPORT_HINT });
}
