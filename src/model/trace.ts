import type { Credential } from "./credential.ts";
import type { ErrorCode } from "./error.ts";
import { maskSecrets } from "./secret.ts";

/** One HTTP request and its answer. A redirect is a request of its own, and so is what answers a challenge. */
export type RequestTrace = {
  readonly type: "request";
  readonly method: string;
  readonly host: string;
  /** With the query, of which only what cannot carry a secret. */
  readonly path: string;
  /** Undefined where there was no answer. */
  readonly status: number | undefined;
  /** Why there was none, or why its body broke off. */
  readonly error: ErrorCode | undefined;
  /** Of the answer's body, as far as it was read. */
  readonly bytes: number;
  /** Until the body was read. */
  readonly milliseconds: number;
  /** 1 for the first try. */
  readonly attempt: number;
  /** What the request is for. */
  readonly why: string;
  /** The host whose redirect led here. */
  readonly redirectedBy: string | undefined;
};

export type RetryTrace = {
  readonly type: "retry";
  /** Of the try that comes next. */
  readonly attempt: number;
  readonly waitMs: number;
  /** What went wrong before. */
  readonly reason: string;
};

/** A request that was not sent, because its answer is known. */
export type CacheHitTrace = {
  readonly type: "cache-hit";
  readonly cache: "manifest" | "token";
  readonly key: string;
};

/** Which credentials a repository gets. Traced when the decision differs from the one before. */
export type CredentialTrace = {
  readonly type: "credential";
  readonly repository: string;
  readonly outcome: "found" | "none" | "failed";
  readonly kind: Credential["kind"] | undefined;
  /** The place that decided. */
  readonly source: string | undefined;
  readonly expiresAt: string | undefined;
  /** The registry refused the credentials that were found before. */
  readonly isRenewal: boolean;
};

/** A program that was started, after its end. */
export type ProgramTrace = {
  readonly type: "program";
  readonly file: string;
  /** Undefined where they may hold a secret. */
  readonly arguments: readonly string[] | undefined;
  /** Undefined where it could not run to its end. */
  readonly exitCode: number | undefined;
  readonly milliseconds: number;
};

/** What imgsync does on the way to a result, for people who look for a cause. */
export type TraceEvent = RequestTrace | RetryTrace | CacheHitTrace | CredentialTrace | ProgramTrace;

/**
 * Receives trace events. Code that traces takes `Trace | undefined` and calls `trace?.({ … })`: while tracing is off, nothing is built.
 */
export type Trace = (event: TraceEvent) => void;

/** The way to a place outside: every text of an event passes without the secrets that the process holds. */
export function maskedTrace(write: Trace): Trace {
  return (event) => write(masked(event));
}

function masked(event: TraceEvent): TraceEvent {
  if (event.type === "request") return { ...event, path: maskSecrets(event.path) };
  if (event.type === "retry") return { ...event, reason: maskSecrets(event.reason) };
  if (event.type === "cache-hit") return { ...event, key: maskSecrets(event.key) };
  if (event.type === "credential") return { ...event, source: event.source && maskSecrets(event.source) };
  return { ...event, arguments: event.arguments?.map((word) => maskSecrets(word)) };
}
