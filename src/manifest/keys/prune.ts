import type { Key } from "./key.ts";

/** Whether orphaned tags of selectors are deleted. Default: no. */
export const prune: Key<"prune"> = {
  name: "prune",
  read: (written) => (written === true ? { prune: true } : {}),
};
