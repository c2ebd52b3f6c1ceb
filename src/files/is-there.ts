import { lstat } from "node:fs/promises";
import { isMissing } from "./read-text-file.ts";

/** Reports whether the path exists, including dangling links. Returns true if that cannot be determined. */
export function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (cause: unknown) => !isMissing(cause),
  );
}
