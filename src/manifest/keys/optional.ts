import type { Key } from "./key.ts";

/** Whether a selector may match nothing, and a named source tag may be missing. Default: no. */
export const optional: Key<"optional"> = {
  name: "optional",
  read: (written = false) => ({ optional: written }),
};
