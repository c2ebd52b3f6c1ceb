import type { ErrorCode } from "./error.ts";

/** Whether a repository is only read or also written to. */
export type RepositoryAccess = "read" | "write";

/** What a registry says about a repository before anything is done there. */
export type Preflight = {
  readonly findings: readonly Finding[];
  /** The largest image that it takes, where it says so. */
  readonly maxImageBytes?: number;
};

/** What stands in the way, or may do so, with the command that mends it as its hint. */
export type Finding = {
  readonly severity: "error" | "warning";
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
};
