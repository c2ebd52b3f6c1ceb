import type { Diagnostic } from "../../model/error.ts";
import { PARSE_LIMITS } from "./parse-limits.ts";

/** Finds out what a finding says: only for those that are shown. */
export type LazyFinding = () => Diagnostic;

/** The findings of one file that are shown, the last of which counts the others. */
export function limitFindings(findings: readonly LazyFinding[], noun = "findings"): readonly Diagnostic[] {
  const shown = findings.slice(0, PARSE_LIMITS.diagnostics).map((find) => find());
  const next = findings[PARSE_LIMITS.diagnostics];
  if (next === undefined) return shown;
  const { severity, position } = next();
  const rest = findings.length - PARSE_LIMITS.diagnostics;
  return [...shown, { severity, position, message: `${rest} more ${noun} in this file are not shown` }];
}
