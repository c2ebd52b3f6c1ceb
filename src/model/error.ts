import type { Position } from "./position.ts";

/** Every failure that a user can see. Codes are stable: scripts may read them, and docs/errors.md explains each. */
export const ERROR_CODES = [
  "USAGE",
  "MANIFEST_INVALID",
  "MANIFEST_UNREADABLE",
  "CONFIG_INVALID",
  "PLAN_INVALID",
  "PLAN_OUTDATED",
  "REPORT_INVALID",
  "LOCK_INVALID",
  "LOCK_OUTDATED",
  "OUTPUT_FAILED",
  "UNSUPPORTED",
  "REGISTRY_UNREACHABLE",
  "REGISTRY_TIMEOUT",
  "REGISTRY_ERROR",
  "REGISTRY_PROTOCOL",
  "RATE_LIMITED",
  "TLS_FAILED",
  "UNAUTHENTICATED",
  "DENIED",
  "CREDENTIALS_FAILED",
  "EGRESS_REFUSED",
  "SOURCE_NOT_FOUND",
  "TARGET_NOT_FOUND",
  "CONTENT_MISSING",
  "CONTENT_MISMATCH",
  "CONTENT_REFUSED",
  "LIMIT_EXCEEDED",
  "PIN_MOVED",
  "SIGNATURE_INVALID",
  "SIGNATURE_UNCHECKED",
  "PLATFORM_MISSING",
  "SELECTED_NOTHING",
  "TARGET_CONFLICT",
  "DATE_UNKNOWN",
  "TAG_IMMUTABLE",
  "TAG_STALE",
  "TAG_SHARED",
  "INTERRUPTED",
  "INTERNAL",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Which end of a copy failed. */
export type Side = "source" | "target";

/** An error as data, for plans, events and reports. Never holds a secret; text from registries is not escaped yet. */
export type ErrorDetails = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly side?: Side;
  /** The reference or host that the error is about. */
  readonly reference?: string;
  /** What to do about it. */
  readonly hint?: string;
};

/** The only error that users see. Messages are lower case, have no full stop, quote the bad value, and never contain a secret. */
export class ImgsyncError extends Error {
  override readonly name = "ImgsyncError";
  readonly details: ErrorDetails;

  constructor(details: ErrorDetails, options?: { cause?: unknown }) {
    super(details.message, options);
    this.details = details;
  }

  get code(): ErrorCode {
    return this.details.code;
  }
}

/** Converts anything thrown to data. A bug becomes INTERNAL with its message, so that it is visible. */
export function toErrorDetails(thrown: unknown): ErrorDetails {
  if (thrown instanceof ImgsyncError) return thrown.details;
  if (isAbort(thrown)) return { code: "INTERRUPTED", message: "interrupted" };
  if (isDenied(thrown))
    return {
      code: "UNSUPPORTED",
      message: `Deno was not given a permission: ${thrown.message}`,
      hint: "docs/runtimes.md lists what each command needs",
    };
  return { code: "INTERNAL", message: thrown instanceof Error ? thrown.message : String(thrown) };
}

/** Adds the side, the reference and the hint, unless the error has its own. */
export function withContext(
  thrown: unknown,
  context: { readonly side?: Side; readonly reference?: string; readonly hint?: string },
): ImgsyncError {
  const details = toErrorDetails(thrown);
  return new ImgsyncError({ ...context, ...details }, { cause: thrown });
}

export function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === "AbortError" || thrown.name === "InterruptError");
}

/** Deno throws this error if a permission is missing; Node has no equivalent. */
export function isDenied(thrown: unknown): thrown is Error {
  return thrown instanceof Error && thrown.name === "NotCapable";
}

/**
 * A finding in the user's files. All findings of a run are reported together. `excerpt` is the source line at `position`; the caret marks
 * `length` UTF-16 code units of it.
 */
export type Diagnostic = {
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly position: Position;
  readonly excerpt?: string;
  readonly length?: number;
  readonly hint?: string;
  /** Other positions involved, such as the first of two conflicting entries. */
  readonly related?: readonly { readonly position: Position; readonly message: string }[];
};
