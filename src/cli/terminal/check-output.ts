import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isMissing } from "../../files/read-text-file.ts";
import { ImgsyncError } from "../../model/error.ts";

/** A file that the command reads. `what`: `the manifest`. */
export type ReadFile = { readonly path: string; readonly what: string };

/**
 * Checks a file that a flag names before anything is done: writing it would replace no file that the command reads, and its folder exists.
 * @throws ImgsyncError USAGE, OUTPUT_FAILED
 */
export async function checkOutput(
  file: string,
  { flag, what, reads }: { readonly flag: string; readonly what: string; readonly reads: readonly ReadFile[] },
): Promise<void> {
  const own = await find(file);
  for (const read of reads) {
    if (isSame(own, await find(read.path))) {
      throw new ImgsyncError({
        code: "USAGE",
        message: `${flag} "${file}" would replace ${read.what}`,
        hint: "name another file",
      });
    }
  }
  const folder = await find(dirname(file));
  if (folder === "missing" || (folder !== undefined && !folder.isDirectory())) {
    throw new ImgsyncError({
      code: "OUTPUT_FAILED",
      message: `${what} cannot be written to "${file}"`,
      hint: "check the folder and its permissions",
    });
  }
}

/** Returns undefined if it is unknown what is there, such as without Deno's permission to read. Writing then fails with the reason, or works. */
async function find(path: string): Promise<Stats | "missing" | undefined> {
  return stat(path).catch((cause: unknown) => (isMissing(cause) ? "missing" : undefined));
}

/** Whether both are one file, also through links. Some file systems have no inode numbers. */
function isSame(one: Stats | "missing" | undefined, other: Stats | "missing" | undefined): boolean {
  if (typeof one !== "object" || typeof other !== "object") return false;
  return Boolean(one.ino) && one.ino === other.ino && one.dev === other.dev;
}
