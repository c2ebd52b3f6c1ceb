import { DeadlineError } from "../model/deadline.ts";
import { type ErrorCode, type ErrorDetails, ImgsyncError, type Side, withContext } from "../model/error.ts";
import { maskEcho } from "../model/secret.ts";
import { adviceFor } from "./advice.ts";
import { describeReasons, parseErrorItems, type RegistryErrorItem } from "./reasons.ts";
import { parseWarnings } from "./warning.ts";
import { defined } from "../model/defined.ts";

export type FailureFacts = {
  /** Status of the response; undefined if there was none. */
  readonly status?: number;
  readonly items?: readonly RegistryErrorItem[];
  /** Whether the same request may be sent again. */
  readonly isRetryable?: boolean;
  /** Worth exactly one more attempt: repeating it again would show nothing new. */
  readonly isOnceMore?: boolean;
  /** The delay that the registry asked for. */
  readonly retryAfterMs?: number;
  /** Retry immediately: an idle connection was closed before the request was read. */
  readonly isConnectionLost?: boolean;
  /** The host refused the connection or its name does not resolve. Retried only a few times. */
  readonly isUnreachable?: boolean;
};

/** A failure between imgsync and a registry, with the facts that retries and error handling need. */
export class RegistryError extends ImgsyncError {
  readonly facts: FailureFacts;

  constructor(details: ErrorDetails, facts: FailureFacts = {}, options?: { cause?: unknown }) {
    super(details, options);
    this.facts = facts;
  }
}

/** Returns the same error, marked for one more attempt. */
export function onceMore(error: RegistryError): RegistryError {
  return new RegistryError(error.details, { ...error.facts, isRetryable: true, isOnceMore: true }, { cause: error });
}

/** Adds side and reference to an error, keeping the facts for retries. */
export function withSide(thrown: unknown, side: Side, reference: string): unknown {
  if (thrown instanceof RegistryError)
    return new RegistryError({ side, reference, ...thrown.details }, thrown.facts, { cause: thrown });
  // a deadline concerns the whole change, not one side
  if (thrown instanceof DeadlineError) return thrown;
  return thrown instanceof ImgsyncError ? withContext(thrown, { side, reference }) : thrown;
}

/** The hint for a refusal of which nothing more is known. */
export const DENIED_HINT = "the credentials lack a permission, or the repository does not exist";

const RETRYABLE_STATUS = new Set([408, 429, 499, 500, 502, 503, 504, 522]);

/** Reports whether the failure may be temporary. */
export function isRetryableStatus(status: number): boolean {
  return RETRYABLE_STATUS.has(status);
}

/**
 * Builds the error for an unexpected response: the registry's own codes and message if it sent its JSON, the status otherwise. `what` names
 * the request, such as `PUT manifest`.
 */
export function responseError(options: {
  readonly what: string;
  readonly host: string;
  readonly status: number;
  readonly body: string;
  readonly retryAfterMs?: number;
  /** Returns a response header. Headers may contain further reasons. */
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
      // an unexpected 2xx comes from a proxy's page or a registry that is starting
      isRetryable: isRetryableStatus(status) || (status >= 200 && status < 300),
      ...defined({ retryAfterMs }),
    },
  );
}

/** Responses to HEAD have no body, so reasons come from Warning headers and the challenge's error_description (RFC 6750). */
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
  if (status === 403) return { hint: DENIED_HINT };
  return {};
}
