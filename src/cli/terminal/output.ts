import { maskSecrets } from "../../model/secret.ts";
import type { TextStream } from "../../reporters/text-stream.ts";

export type Output = {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  /** Why stdout could not be written, where that was not simply that nobody reads it any more. */
  readonly failure: () => Error | undefined;
};

/**
 * The process's streams. A reader that goes away (`| head`) is its own affair: the rest is not written and the run goes on.
 * Anything else, such as a full disk, is kept: a result that nobody got is no success. No secret passes, wherever the text came from.
 */
export function openOutput(): Output {
  let failure: Error | undefined;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") failure ??= error;
  });
  process.stderr.on("error", () => undefined);
  return { stdout: guarded(process.stdout), stderr: guarded(process.stderr), failure: () => failure };
}

function guarded(stream: NodeJS.WriteStream): TextStream {
  return {
    write: (text) => {
      // Deno throws a broken pipe where Node emits it
      try {
        return stream.writable ? stream.write(maskSecrets(text)) : false;
      } catch (error) {
        stream.emit("error", error);
        return false;
      }
    },
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
    },
    get isTTY() {
      return stream.isTTY;
    },
  };
}
