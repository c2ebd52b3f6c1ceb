import { type Diagnostic, type ErrorDetails, ImgsyncError } from "./error.ts";

/** The manifest is not usable. Carries every finding with its position. Code MANIFEST_INVALID. */
export class ManifestError extends ImgsyncError {
  /** May include warnings; at least one is an error. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(message: string, diagnostics: readonly Diagnostic[]) {
    super({ code: "MANIFEST_INVALID", message });
    this.diagnostics = diagnostics;
  }
}

/** A saved plan that must not be applied. Code PLAN_INVALID. */
export class PlanError extends ImgsyncError {
  /** One for each change that was refused. */
  readonly problems: readonly ErrorDetails[];

  constructor(details: ErrorDetails, problems: readonly ErrorDetails[]) {
    super(details);
    this.problems = problems;
  }
}
