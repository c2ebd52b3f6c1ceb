import type { Key } from "./key.ts";

/** Whether signatures, SBOMs and other referrers are copied too. Default: yes, also for images in place. */
export const referrers: Key<"referrers"> = {
  name: "referrers",
  read: (written = true) => ({ referrers: written }),
};
