/** How something is: fine, worth a look, or in the way of the job. */
export type CheckStatus = "ok" | "warning" | "problem";

/** One thing that was looked at, what was found, and the command that fixes it. */
export type Check = {
  readonly name: string;
  readonly status: CheckStatus;
  readonly message: string;
  readonly hint?: string;
};

/** What was found out about one place: this machine, a registry, a repository. */
export type CheckGroup = { readonly about: string; readonly checks: readonly Check[] };
