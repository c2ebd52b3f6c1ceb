import type { Diagnostic } from "../../model/error.ts";
import { PARSE_LIMITS } from "./parse-limits.ts";

/** Deferred, so that only shown findings are computed. */
export type LazyFinding = () => Diagnostic;

/** Returns the shown findings of one file. The last one counts the rest. */
export function limitFindings(findings: readonly LazyFinding[], noun = "findings"): readonly Diagnostic[] {
  const shown = findings.slice(0, PARSE_LIMITS.diagnostics).map((find) => find());
  const next = findings[PARSE_LIMITS.diagnostics];
  if (next === undefined) return shown;
  const { severity, position } = next();
  const rest = findings.length - PARSE_LIMITS.diagnostics;
  return [...shown, { severity, position, message: `${rest} more ${noun} in this file are not shown` }];
}
