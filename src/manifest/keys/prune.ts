import type { Key } from "./key.ts";

/** Whether tags that selectors leave behind are deleted. Default: no. */
export const prune: Key<"prune"> = {
  name: "prune",
  read: (written) => (written === true ? { prune: true } : {}),
};
