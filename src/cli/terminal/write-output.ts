import { type FileHandle, open } from "node:fs/promises";
import { defined } from "../../model/defined.ts";
import { ImgsyncError } from "../../model/error.ts";
import { maskSecrets } from "../../model/secret.ts";
import { formatLimit } from "../../model/size.ts";
import type { TextStream } from "../../reporters/text-stream.ts";
import { inChunks } from "../../text/json-pieces.ts";

type Options = {
  /** Used in the error: `the plan`. */
  readonly what: string;
  /** The most bytes that a reader of the file accepts, and what to do about a larger one. */
  readonly limit?: { readonly bytes: number; readonly hint: string };
};

/**
 * Writes a file that a flag names. Secrets are masked in it, as in all output. A text above the limit leaves an empty file, because
 * nothing could read a part of it.
 * @throws ImgsyncError OUTPUT_FAILED
 */
export async function writeOutput(file: string, pieces: Iterable<string>, { what, limit }: Options): Promise<void> {
  let hint = "check the folder and its permissions";
  try {
    const handle = await open(file, "w");
    try {
      if (await writePieces(handle, pieces, limit?.bytes)) return;
    } finally {
      await handle.close();
    }
    hint = limit?.hint ?? hint;
  } catch (cause) {
    throw failure(`${what} cannot be written to "${file}"`, hint, cause);
  }
  throw failure(`${what} is larger than ${formatLimit(limit?.bytes ?? 0)}, and was not written to "${file}"`, hint);
}

/** Writes to stdout without joining the pieces. */
export function printPieces(stdout: TextStream, pieces: Iterable<string>): void {
  for (const chunk of inChunks(pieces)) stdout.write(chunk);
}

/** Returns whether all of them were within the limit. */
async function writePieces(handle: FileHandle, pieces: Iterable<string>, limit = Infinity): Promise<boolean> {
  let left = limit;
  const encoder = new TextEncoder();
  for (const chunk of inChunks(pieces)) {
    const bytes = encoder.encode(maskSecrets(chunk));
    left -= bytes.byteLength;
    if (left < 0) {
      await handle.truncate();
      return false;
    }
    await handle.writeFile(bytes);
  }
  return true;
}

function failure(message: string, hint: string, cause?: unknown): ImgsyncError {
  return new ImgsyncError({ code: "OUTPUT_FAILED", message, ...defined({ hint }) }, { cause });
}
