import type { Key } from "./key.ts";

/** Whether a selector may match nothing, and a named tag be missing at the source. Default: no. */
export const optional: Key<"optional"> = {
  name: "optional",
  read: (written = false) => ({ optional: written }),
};
