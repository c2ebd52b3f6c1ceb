import { lstat } from "node:fs/promises";
import { isMissing } from "./read-text-file.ts";

/** Whether something has this name, be it a link that leads nowhere. Where that cannot be found out, it counts as there. */
export function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (cause: unknown) => !isMissing(cause),
  );
}
