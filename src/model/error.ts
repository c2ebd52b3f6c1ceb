import type { Position } from "./position.ts";

/**
 * Every failure that a user can meet. Codes are stable: scripts may read them, docs/errors.md explains each.
 */
export const ERROR_CODES = [
  "USAGE",
  "MANIFEST_INVALID",
  "MANIFEST_UNREADABLE",
  "CONFIG_INVALID",
  "PLAN_INVALID",
  "PLAN_OUTDATED",
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

/** An error as data: what a plan, an event or a report carries. Never holds a secret; registry text is not yet escaped. */
export type ErrorDetails = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly side?: Side;
  /** The reference or host that it is about, as text. */
  readonly reference?: string;
  /** What to do about it. */
  readonly hint?: string;
};

/** The only error that people meet. Text: lower case, no full stop, the bad value in quotes, never a secret. */
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

/** Whatever was thrown, as data. A bug becomes INTERNAL with its message, so that it is seen and not swallowed. */
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

/** The same error with the side and the reference it happened on, where the place that threw it did not know them. */
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

/** Deno's error where a permission is missing; Node has nothing like it. */
export function isDenied(thrown: unknown): thrown is Error {
  return thrown instanceof Error && thrown.name === "NotCapable";
}

/**
 * A finding in the user's files. All findings of a run are reported together, each with its place; `excerpt` is the source
 * line it points into, `length` how many characters of it the caret marks.
 */
export type Diagnostic = {
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly position: Position;
  readonly excerpt?: string;
  readonly length?: number;
  readonly hint?: string;
  /** Other places that take part in it, such as the first of two conflicting entries. */
  readonly related?: readonly { readonly position: Position; readonly message: string }[];
};
