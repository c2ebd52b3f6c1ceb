import { type Diagnostic, type ErrorDetails, ImgsyncError } from "./error.ts";

/** A manifest that cannot be used, with everything that is wrong with it and its place. Code MANIFEST_INVALID. */
export class ManifestError extends ImgsyncError {
  /** Warnings too; at least one is an error. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(message: string, diagnostics: readonly Diagnostic[]) {
    super({ code: "MANIFEST_INVALID", message });
    this.diagnostics = diagnostics;
  }
}

/** A saved plan that must not be applied. Code PLAN_INVALID. */
export class PlanError extends ImgsyncError {
  /** Why, one for each change that is refused. */
  readonly problems: readonly ErrorDetails[];

  constructor(details: ErrorDetails, problems: readonly ErrorDetails[]) {
    super(details);
    this.problems = problems;
  }
}
