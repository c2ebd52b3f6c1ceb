import type { ErrorCode } from "./error.ts";

/** Whether a repository is only read, or also written. */
export type RepositoryAccess = "read" | "write";

/** What a registry reports about a repository before anything is copied. */
export type Preflight = {
  readonly findings: readonly Finding[];
  /** The maximum image size, if the registry reports one. */
  readonly maxImageBytes?: number;
};

/** Something that prevents, or may prevent, the copy. The hint is the command that fixes it. */
export type Finding = {
  readonly severity: "error" | "warning";
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
};
