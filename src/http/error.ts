import { DeadlineError } from "../model/deadline.ts";
import { type ErrorCode, type ErrorDetails, ImgsyncError, type Side, withContext } from "../model/error.ts";
import { maskEcho } from "../model/secret.ts";
import { adviceFor } from "./advice.ts";
import { describeReasons, parseErrorItems, type RegistryErrorItem } from "./reasons.ts";
import { parseWarnings } from "./warning.ts";

export type FailureFacts = {
  /** Status of the answer; undefined where there was none. */
  readonly status?: number;
  readonly items?: readonly RegistryErrorItem[];
  /** Whether the same request may be sent again. */
  readonly isRetryable?: boolean;
  /** Worth one more try and no third: the same again would prove nothing new. */
  readonly isOnceMore?: boolean;
  /** How long the registry asked to wait. */
  readonly retryAfterMs?: number;
  /** Retry at once: an idle socket was closed under us before the request was read. */
  readonly isConnectionLost?: boolean;
  /** The host refused the connection or has no such name: tried only a few times. */
  readonly isUnreachable?: boolean;
};

/** What went wrong between us and a registry, with the facts that retrying and classifying need. */
export class RegistryError extends ImgsyncError {
  readonly facts: FailureFacts;

  constructor(details: ErrorDetails, facts: FailureFacts = {}, options?: { cause?: unknown }) {
    super(details, options);
    this.facts = facts;
  }
}

/** The same error, to be tried once more. */
export function onceMore(error: RegistryError): RegistryError {
  return new RegistryError(error.details, { ...error.facts, isRetryable: true, isOnceMore: true }, { cause: error });
}

/** The same error with its side and reference, still with the facts that retrying goes by. */
export function withSide(thrown: unknown, side: Side, reference: string): unknown {
  if (thrown instanceof RegistryError)
    return new RegistryError({ side, reference, ...thrown.details }, thrown.facts, { cause: thrown });
  // it is about the whole change
  if (thrown instanceof DeadlineError) return thrown;
  return thrown instanceof ImgsyncError ? withContext(thrown, { side, reference }) : thrown;
}

const RETRYABLE_STATUS = new Set([408, 429, 499, 500, 502, 503, 504, 522]);

/** Whether an answer may pass by itself. */
export function isRetryableStatus(status: number): boolean {
  return RETRYABLE_STATUS.has(status);
}

/**
 * The error for an answer that is not the expected one: the registry's own codes and message where it sent its JSON, the
 * status otherwise. `what` says what was asked, such as `PUT manifest`.
 */
export function responseError(options: {
  readonly what: string;
  readonly host: string;
  readonly status: number;
  readonly body: string;
  readonly retryAfterMs?: number;
  /** Reads the answer's headers, where they may say something too. */
  readonly header?: (name: string) => string | undefined;
}): RegistryError {
  const { what, host, status, body, retryAfterMs, header } = options;
  const items = parseErrorItems(body);
  const said = [describeReasons(body, items), ...headerReasons(header)].filter((part) => part !== "").join("; ");
  return new RegistryError(
    {
      code: codeFor(status),
      message: `${host} answered ${status} to ${what}${said === "" ? "" : `: ${said}`}`,
      ...hintFor(status, said),
    },
    {
      status,
      items,
      // a success of another kind comes from a proxy's page or a registry that is starting
      isRetryable: isRetryableStatus(status) || (status >= 200 && status < 300),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  );
}

/** Refusals of HEAD have no body: warnings, and what RFC 6750 lets a challenge say. */
function headerReasons(header: ((name: string) => string | undefined) | undefined): readonly string[] {
  const challenge = header?.("www-authenticate") ?? "";
  const description = /\berror_description="((?:[^"\\]|\\.){1,300})"/i.exec(challenge)?.[1];
  const warnings = parseWarnings(header?.("warning")).map((text) => `warning: ${text}`);
  return [...(description === undefined ? [] : [description]), ...warnings].map((text) => maskEcho(text).slice(0, 300));
}

function codeFor(status: number): ErrorCode {
  if (status === 401) return "UNAUTHENTICATED";
  if (status === 403) return "DENIED";
  if (status === 429) return "RATE_LIMITED";
  return "REGISTRY_ERROR";
}

function hintFor(status: number, said: string): { hint?: string } {
  const hint = adviceFor(status, said);
  if (hint !== undefined) return { hint };
  if (status === 413) return { hint: "a proxy or the registry limits the size of a request: raise its limit" };
  if (status === 507) return { hint: "the registry has no room left" };
  if (status === 403) return { hint: "the credentials lack a permission, or the repository does not exist" };
  return {};
}
