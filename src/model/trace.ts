import type { Credential } from "./credential.ts";
import type { ErrorCode } from "./error.ts";
import { maskSecrets } from "./secret.ts";

/** One HTTP request and its response. Redirects and responses to challenges are requests of their own. */
export type RequestTrace = {
  readonly type: "request";
  readonly method: string;
  readonly host: string;
  /** Includes those parts of the query that cannot carry a secret. */
  readonly path: string;
  /** Undefined if there was no response. */
  readonly status: number | undefined;
  /** Why there was no response, or why its body broke off. */
  readonly error: ErrorCode | undefined;
  /** The bytes of the response body that were read. */
  readonly bytes: number;
  /** The time until the body was read. */
  readonly milliseconds: number;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** The purpose of the request. */
  readonly why: string;
  /** The host that redirected here. */
  readonly redirectedBy: string | undefined;
};

export type RetryTrace = {
  readonly type: "retry";
  /** The number of the next attempt. */
  readonly attempt: number;
  readonly waitMs: number;
  /** Why the previous attempt failed. */
  readonly reason: string;
};

/** A request that was not sent, because the response is cached. */
export type CacheHitTrace = {
  readonly type: "cache-hit";
  readonly cache: "manifest" | "token";
  readonly key: string;
};

/** The credentials chosen for a repository. Traced if the decision differs from the previous one. */
export type CredentialTrace = {
  readonly type: "credential";
  readonly repository: string;
  readonly outcome: "found" | "none" | "failed";
  readonly kind: Credential["kind"] | undefined;
  /** The source that decided. */
  readonly source: string | undefined;
  readonly expiresAt: string | undefined;
  /** The registry refused the previous credentials. */
  readonly isRenewal: boolean;
};

/** A program that was run, traced when it ended. */
export type ProgramTrace = {
  readonly type: "program";
  readonly file: string;
  /** Undefined if they may hold a secret. */
  readonly arguments: readonly string[] | undefined;
  /** Undefined if the program did not exit by itself. */
  readonly exitCode: number | undefined;
  readonly milliseconds: number;
};

/** What imgsync does internally, for troubleshooting. */
export type TraceEvent = RequestTrace | RetryTrace | CacheHitTrace | CredentialTrace | ProgramTrace;

/** Receives trace events. Callers take a Trace or undefined and call `trace?.({ … })`, so that no event is built while tracing is off. */
export type Trace = (event: TraceEvent) => void;

/** Masks every held secret in the texts of an event before it is written. */
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
