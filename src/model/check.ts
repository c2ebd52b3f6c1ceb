/** `warning`: worth a look. `problem`: imgsync cannot do its job. */
export type CheckStatus = "ok" | "warning" | "problem";

/** One check with its result and the command that fixes a problem. */
export type Check = {
  readonly name: string;
  readonly status: CheckStatus;
  readonly message: string;
  readonly hint?: string;
};

/** The checks of one place: this machine, a registry, a repository. */
export type CheckGroup = { readonly about: string; readonly checks: readonly Check[] };
